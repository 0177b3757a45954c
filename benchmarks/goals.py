"""The results as figures, and what the project wants of them."""

from dataclasses import dataclass

from benchmarks.figures import Figures
from benchmarks.loads import LARGEST_OF_RIVAL, PACES
from benchmarks.service import Json

CASES = {
    "thirty": "Reports of 30 metrics",
    "same": "Reports, the same answers for all (28 metrics)",
    "whole": "Reports, every metric that the program asks for",
    "entities": "Ads",
    "accounts_100": "100 accounts",
    "accounts_1000": "1,000 accounts",
}
RATE_GOAL, MEMORY_GOAL_MB, STARTUP_GOAL = 16_000, 130, 1.5
# Our rate against the bare floor's, by case.
FLOOR_GOALS = {"thirty": 1.0, "whole": 1.25}
# Requests of an agency of so many accounts against those of Airbyte's release.
AGENCY, AGENCY_GOAL = 40, 0.25
# By the load of `CROWDS`.
CROWD_GOALS_MB = {"thirty": 130, "whole": 160}
BASIC_PER_SECOND = 10


@dataclass(frozen=True)
class Results:
    """The results, as figures."""

    raw: Json

    def case(self, name: str) -> dict[str, Figures]:
        """Figures by program."""
        return {program: Figures(**found) for program, found in self.raw[name].items()}

    def series(self, name: str) -> list[Figures]:
        """Figures of a growth."""
        return [Figures(**found) for found in self.raw[name]]

    @property
    def limits(self) -> dict[float, Figures]:
        """The reads at the limit, by the seconds that an answer takes."""
        return {latency: Figures(**self.raw["limit"][str(latency)]) for latency in PACES}

    def floor_share(self, name: str) -> float:
        """Our rate as a share of the floor's."""
        case = self.case(name)
        return case["ours"].rate / case["floor"].rate

    def agency(self, accounts: int, program: str) -> list[tuple[dict[str, int], Figures | None]]:
        """A first and a second sync: requests by purpose, and the figures; None where they are told from fewer.

        Airbyte's release asks the same of each account, and once for all of them.
        """
        found = self.raw["agencies"].get(str(accounts), {}).get(program)
        if found:
            return [(one["purposes"], Figures(**one["figures"])) for one in found]
        smaller = self.raw["agencies"][str(LARGEST_OF_RIVAL)][program]
        times = accounts / LARGEST_OF_RIVAL
        return [
            ({name: round(number * times) for name, number in one["purposes"].items()}, None) for one in smaller
        ]

    @property
    def agency_share(self) -> float:
        """Requests of an agency's first sync against those of Airbyte's release."""
        ours, theirs = (sum(self.agency(AGENCY, program)[0][0].values()) for program in ("ours", "4.7.0"))
        return ours / theirs

    @property
    def peak_mb(self) -> list[float]:
        """Peak memory of 30-metric reads from 100 thousand rows on."""
        return [found.peak_mb for found in self.series("rows")[1:]]


def pace_of(found: Figures) -> float:
    """Wall time at the limit, as a multiple of what the limit takes."""
    return found.wall * BASIC_PER_SECOND / found.requests


@dataclass(frozen=True)
class Goal:
    """Something that the project wants of its speed.

    Attributes:
        sentence: What.
        found: The figure.
        met: Whether it is so.
        reason: Why not, if not.
    """

    sentence: str
    found: str
    met: bool
    reason: str


def all_goals(results: Results) -> list[Goal]:
    """What the project wants, and what it has."""
    thirty, peaks = results.case("thirty"), results.peak_mb
    ours, floor, imports = thirty["ours"], thirty["floor"], results.raw["startup"]["ours"]
    return [
        Goal(
            f"At least {RATE_GOAL:,} records of 30 metrics per CPU second after start-up, with 4 workers",
            f"{ours.rate:,.0f}",
            ours.rate >= RATE_GOAL,
            f"the floor itself reaches {floor.rate:,.0f} on this machine.",
        ),
        *(floor_goal(name, results) for name in FLOOR_GOALS),
        Goal(
            f"First sync of {AGENCY} accounts, a tenth of which run ads: at most {AGENCY_GOAL} x the requests of "
            "Airbyte 4.7.0",
            f"{results.agency_share:.2f}",
            results.agency_share <= AGENCY_GOAL,
            "the tables by purpose, below, tell what they are for.",
        ),
        Goal(
            f"At most {MEMORY_GOAL_MB} MB resident, however many rows of 30 metrics",
            " and ".join(f"{peak:.0f} MB" for peak in peaks),
            max(peaks) <= MEMORY_GOAL_MB,
            f"Python and the CDK take {imports['peak_mb']:.0f} MB before the first request; the rest are "
            "the answers under way, one page as objects and three as lines.",
        ),
        Goal(
            f"Start-up of `spec` at most {STARTUP_GOAL} CPU seconds",
            f"{imports['cpu']:.2f} s",
            imports["cpu"] <= STARTUP_GOAL,
            "nearly all of it is the import of `airbyte_cdk`, which a connector cannot put off.",
        ),
        *(pace_goal(latency, found) for latency, found in results.limits.items()),
        *(crowd_goal(name, found) for name, found in results.case("crowds").items()),
    ]


def floor_goal(name: str, results: Results) -> Goal:
    """What is wanted beside the bare floor."""
    case, share = results.case(name), results.floor_share(name)
    ours, floor = case["ours"], case["floor"]
    return Goal(
        f"At least {FLOOR_GOALS[name]:g} x the bare floor: {CASES[name].lower()}",
        f"{share:.2f}",
        share >= FLOOR_GOALS[name],
        f"our lines have {ours.out_bytes / ours.records:,.0f} bytes, the floor's "
        f"{floor.out_bytes / floor.records:,.0f}: they name the stream, and publish columns that the API does "
        "not offer here as nulls. The rest of the distance is the table below: reading each number by its "
        "published type, exactly, and the keys by which each row is proven to have come once.",
    )


def pace_goal(latency: float, found: Figures) -> Goal:
    """What is wanted of a read at the lowest limit."""
    least = found.requests / BASIC_PER_SECOND
    return Goal(
        f"At {latency:g} s an answer and 10 requests a second: wall at most {PACES[latency]} x requests / 10, and "
        "no throttle answer",
        f"{pace_of(found):.3f} and {found.throttled:.0f}",
        pace_of(found) <= PACES[latency] and not found.throttled,
        f"from the first request to the last it is {found.request_seconds / least:.3f}; the other "
        f"{found.wall - found.request_seconds:.1f} s are the start of Python and of the CDK and the end of the "
        f"process, which weigh the less the longer a sync is. {found.most_in_a_second:.0f} requests arrived "
        "within a second at most.",
    )


def crowd_goal(name: str, found: Figures) -> Goal:
    """What is wanted of the memory of a read with many requests under way."""
    return Goal(
        f"At most {CROWD_GOALS_MB[name]} MB resident, however many requests are under way: {CASES[name].lower()}",
        f"{found.peak_mb:.0f} MB with {found.most_under_way:.0f}",
        found.peak_mb <= CROWD_GOALS_MB[name],
        "what grows with the requests under way are the packed answers and the keys of the open windows.",
    )
