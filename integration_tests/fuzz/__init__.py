"""Runs under mutations drawn by chance, judged by rules that hold whatever TikTok or a user comes up with.

`mutations.py` what goes wrong with an answer · `chaos.py` with which answers · `inputs.py` what may stand in the
files of the command line · `rules.py` what holds all the same · `runs.py` one run, from its seed to what is wrong
with it · `__main__.py` a seed again, by hand, with the fewest mutations that it takes.
"""
