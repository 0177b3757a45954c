"""Metrics that TikTok refuses without naming them are found by asking for parts, in few requests."""

from itertools import combinations
from math import ceil, log2

from hypothesis import assume, given
from hypothesis import strategies as st

from source_tiktok_marketing.streams.metric_search import DEFAULT_METRICS, HOPELESS_REFUSALS, MetricSearch
from unit_tests.builders import ROWS

METRICS = tuple(metric.name for metric in ROWS["ads_reports_daily"].metrics)
Asked = list[tuple[str, ...]]


def search(metrics: tuple[str, ...], culprits: set[frozenset[str]]) -> tuple[frozenset[str], Asked]:
    """What is taken where TikTok refuses each of some sets of metrics, and what was asked for it."""
    asked: Asked = []

    def takes(part: tuple[str, ...]) -> bool:
        assert part
        assert len(set(part)) == len(part)
        asked.append(part)
        return not any(culprit <= set(part) for culprit in culprits)

    return MetricSearch(takes).taken(metrics), asked


some_metrics = st.lists(st.sampled_from(METRICS), min_size=2, unique=True).map(tuple)


@given(metrics=some_metrics, data=st.data())
def test_every_culprit_is_found_and_nothing_else_is_lost(metrics: tuple[str, ...], data: st.DataObject) -> None:
    sound = data.draw(st.sampled_from([name for name in DEFAULT_METRICS if name in metrics] or metrics))
    culprits = data.draw(st.sets(st.sampled_from(metrics), min_size=1)) - {sound}
    if sound not in DEFAULT_METRICS:
        culprits = set(sorted(culprits)[:2])
    assume(culprits)

    taken, asked = search(metrics, {frozenset({name}) for name in culprits})

    assert taken == set(metrics) - culprits
    assert len(asked) <= 4 + 2 * len(culprits) * (1 + ceil(log2(len(metrics))))


def test_one_culprit_of_a_whole_report_costs_few_requests_wherever_it_stands() -> None:
    costs = []
    for culprit in METRICS:
        taken, asked = search(METRICS, {frozenset({culprit})})
        assert taken == set(METRICS) - {culprit}
        costs.append(len(asked))

    assert max(costs) <= 15
    assert sum(costs) / len(costs) <= 12


def test_even_the_metrics_that_tiktok_gives_by_default_may_be_the_culprits() -> None:
    for others in [(), ("ad_text",), ("campaign_name", "engaged_view")]:
        culprits = {*DEFAULT_METRICS, *others}
        taken, _ = search(METRICS, {frozenset({name}) for name in culprits})
        assert taken == set(METRICS) - culprits


def test_metrics_that_fail_only_beside_each_other_lose_one_of_them() -> None:
    for pair in combinations(METRICS[::9], 2):
        taken, asked = search(METRICS, {frozenset(pair)})
        assert len(set(METRICS) - taken) == 1
        assert not set(pair) <= taken
        assert len(asked) <= 20


def test_a_refusal_that_is_not_about_metrics_is_recognised_soon() -> None:
    taken, asked = search(METRICS, {frozenset({name}) for name in METRICS})

    assert not taken
    assert len(asked) == HOPELESS_REFUSALS
