"""What a run is judged by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from statistics import median

from benchmarks.measure import Cost
from benchmarks.service import Service

THROTTLE_CODES = {"40100", "40016", "40133", "61000"}


@dataclass(frozen=True)
class Figures:
    """A read, measured from both sides; a median of several where the fields are.

    Attributes:
        startup_cpu: CPU seconds of a run of the same program that reads nothing.
        requests: What the emulator was asked.
        throttled: How many of the requests broke a limit.
        answer_bytes: What it answered.
        request_seconds: From the first request to the last.
        most_in_a_second: The most requests within any second.
        most_under_way: The most requests that waited for their answer at a time.
        metrics: Metrics asked for.
        load: The machine's load average beforehand.
        The others: see `Cost`.
    """

    cpu: float
    wall: float
    peak_mb: float
    records: float
    states: float
    state_bytes: float
    last_state_bytes: float
    out_bytes: float
    startup_cpu: float
    requests: float
    throttled: float
    answer_bytes: float
    request_seconds: float
    most_in_a_second: float
    most_under_way: float
    metrics: float
    load: float

    @property
    def net_cpu(self) -> float:
        """CPU seconds after start-up."""
        return max(self.cpu - self.startup_cpu, 1e-9)

    @property
    def rate(self) -> float:
        """Records per CPU second after start-up."""
        return self.records / self.net_cpu

    @property
    def gross_rate(self) -> float:
        """Records per CPU second, start-up included."""
        return self.records / self.cpu

    @property
    def mb_rate(self) -> float:
        """MB of answers per CPU second after start-up."""
        return self.answer_bytes / 1e6 / self.net_cpu

    @classmethod
    def median(cls, runs: Sequence[Figures]) -> Figures:
        """The median of each field."""
        return cls(**{field.name: median(getattr(run, field.name) for run in runs) for field in fields(cls)})


def figures_of(cost: Cost, startup: Cost, service: Service, load: float) -> Figures:
    """What a run cost, with what the emulator saw of it."""
    seen = service.order(summary=True)
    return Figures(
        **asdict(cost),
        startup_cpu=startup.cpu,
        requests=seen["requests"],
        throttled=sum(number for code, number in seen["codes"].items() if code in THROTTLE_CODES),
        answer_bytes=seen["answer_bytes"],
        request_seconds=seen["seconds"],
        most_in_a_second=seen["most_in_a_second"],
        most_under_way=seen["most_under_way"],
        metrics=seen["metrics"],
        load=load,
    )
