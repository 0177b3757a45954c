"""Whose days: the ad accounts, the days to read of each, and how far each has been read.

May import the API, the settings, the catalogue and the clock.
"""
