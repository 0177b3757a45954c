"""`python -m integration_tests.tiktok_emulator`: the emulator as a process.

It prints its URL on one line when it is ready, and stops on SIGTERM or SIGINT.
"""

import argparse
import signal
import sys
from threading import Event

from integration_tests.tiktok_emulator.clock import DEFAULT_NOW
from integration_tests.tiktok_emulator.emulator import Emulator
from integration_tests.tiktok_emulator.faults import RandomFailures
from integration_tests.tiktok_emulator.growth import SIZES
from integration_tests.tiktok_emulator.limits import TIERS


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tiktok_emulator", description="A TikTok API for Business on loopback.")
    parser.add_argument("--port", type=int, default=0, help="TCP port, 0 for any free one")
    parser.add_argument("--seed", type=int, default=1, help="another seed is another world")
    parser.add_argument("--size", choices=SIZES, default="small", help="how much there is")
    parser.add_argument("--now", default=DEFAULT_NOW, help="emulated UTC time, or 'live' for this machine's clock")
    parser.add_argument("--tier", choices=TIERS, help="rate limits to enforce, by default none")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds that every answer takes")
    parser.add_argument(
        "--failures", type=float, default=0.0, help="share of requests that fail at random, 0 to 1"
    )
    return parser.parse_args()


def main() -> None:
    """Serve until a signal comes."""
    arguments = _arguments()
    stopped = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    world = SIZES[arguments.size](arguments.seed, None if arguments.now == "live" else arguments.now)
    with Emulator(world, port=arguments.port, tier=arguments.tier) as emulator:
        emulator.faults.latency = arguments.latency
        if arguments.failures:
            emulator.faults.random = RandomFailures(arguments.failures, arguments.seed)
        sys.stdout.write(f"{emulator.url}\n")
        sys.stdout.flush()
        stopped.wait()


if __name__ == "__main__":
    main()
