"""`make bench`: what the connector costs, beside Airbyte's releases and the least that any program must do.

Start at `loads.py`, which lists what is measured. `docs/performance.md` is written from the results.
This package imports nothing beyond the standard library, `server.py` aside: the peak memory that the kernel
reports for a child starts at the memory of its parent.
"""
