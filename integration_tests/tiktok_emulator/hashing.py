"""Numbers drawn from names: every value of the emulated world follows from the seed and ids alone.

No generator with a state is used, because the order of calls would then matter: adding one account
would change all the others.
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

_T = TypeVar("_T")
_MASK = (1 << 62) - 1


def digest(*parts: object) -> int:
    """Return a number of 62 bits that depends on the parts and nothing else."""
    text = "/".join(map(str, parts))
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big") & _MASK


def mix(draw: int, number: int) -> int:
    """Blend a drawn number with another one; fast enough to be called once per report row."""
    blended = (draw ^ (number * 0x9E3779B97F4A7C15)) & _MASK
    blended = ((blended ^ (blended >> 29)) * 0xBF58476D1CE4E5B9) & _MASK
    return blended ^ (blended >> 31)


def pick(draw: int, options: Sequence[_T]) -> _T:
    """Return one of the options."""
    return options[draw % len(options)]
