"""The time of the tests and of everybody else."""

from time import monotonic

import pendulum
import pytest

from source_tiktok_marketing.clock import NOW_VARIABLE, SPEED_VARIABLE, Clock


def test_the_time_is_utc_wherever_the_machine_stands() -> None:
    with pendulum.test_local_timezone(pendulum.timezone("Asia/Tokyo")):
        now = Clock().now()

    assert now.utcoffset() == pendulum.duration()
    assert abs((now - pendulum.now("UTC")).total_seconds()) < 60


def test_the_variables_for_development_set_the_time_and_hasten_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NOW_VARIABLE, "2024-03-15T20:00:00Z")
    monkeypatch.setenv(SPEED_VARIABLE, "1000")
    clock = Clock.from_environment()
    started, really_started = clock.monotonic(), monotonic()

    clock.sleep(100)

    assert clock.monotonic() - started >= 100
    assert 0.1 <= monotonic() - really_started < 50
    assert 0 <= (clock.now() - pendulum.datetime(2024, 3, 15, 20)).total_seconds() < 60


def test_without_them_a_second_is_a_second_of_today(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (NOW_VARIABLE, SPEED_VARIABLE):
        monkeypatch.delenv(name, raising=False)
    clock = Clock.from_environment()

    assert abs((clock.now() - pendulum.now("UTC")).total_seconds()) < 60
    assert clock.monotonic() == pytest.approx(monotonic(), abs=60)


@pytest.mark.parametrize(
    ("minutes", "is_told"),
    [(0, False), (4, False), (6, True), (-6, True), (8 * 24 * 60, True), (-400 * 24 * 60, True)],
)
def test_a_clock_that_is_wrong_is_told_and_tiktoks_is_used(
    minutes: int, is_told: bool, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    theirs = pendulum.now("UTC").subtract(minutes=minutes)

    clock.compare_with(theirs.format("ddd, DD MMM YYYY HH:mm:ss [GMT]", locale="en"))
    clock.compare_with("Mon, 01 Jan 2001 00:00:00 GMT")  # Only the first answer counts.

    expected = theirs if is_told else pendulum.now("UTC")
    assert abs((clock.now() - expected).total_seconds()) < 60
    assert ("TikTok's, which is used instead" in caplog.text) is is_told


@pytest.mark.parametrize("date", [None, "", "yesterday", "Mon, 99 Jan 2001 00:00:00 GMT"])
def test_a_date_that_is_none_changes_nothing(date: str | None) -> None:
    clock = Clock()

    clock.compare_with(date)

    assert abs((clock.now() - pendulum.now("UTC")).total_seconds()) < 60


def test_a_clock_that_was_set_for_development_is_meant() -> None:
    clock = Clock(pendulum.datetime(2024, 3, 15))

    clock.compare_with("Mon, 01 Jan 2001 00:00:00 GMT")

    assert clock.now().year == 2024
