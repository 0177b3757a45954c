"""How to talk to TikTok: requests, connections, rate limits, retries, and what return codes mean.

May import the settings, the catalogue and the clock. Knows no stream and no configuration.
"""
