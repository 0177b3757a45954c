"""Accounts that take long are asked for first, and all others in the order in which TikTok lists them."""

import pytest

from source_tiktok_marketing.accounts.effort import Effort

IDS = ("1", "2", "3", "4", "5")


@pytest.mark.parametrize(
    ("seconds", "order"),
    [
        ({}, "12345"),
        ({"1": 10, "2": 11, "3": 9, "4": 12, "5": 19}, "12345"),
        ({"1": 10, "2": 11, "3": 9, "4": 50, "5": 25}, "45123"),
        ({"1": 10, "2": 100}, "21345"),
        ({"5": 0.9, "1": 0.001}, "12345"),
        ({"3": 60, "1": 0, "2": 0, "4": 0, "5": 0}, "31245"),
    ],
    ids=["nothing known", "alike", "two slow ones", "the slower of two", "all quick", "one that is not silent"],
)
def test_what_takes_several_times_the_usual_comes_first(seconds: dict[str, float], order: str) -> None:
    effort = Effort()
    for advertiser_id, taken in seconds.items():
        for _ in range(2):
            effort.note(advertiser_id, taken / 2)

    assert "".join(effort.hardest_first(IDS)) == order
