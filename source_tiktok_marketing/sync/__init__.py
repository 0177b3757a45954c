"""How a sync runs: worker threads, the messages in a safe order, stdout, and stored states.

May import everything but the source and the command line.
"""
