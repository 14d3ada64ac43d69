"""Schedules are read as EventBridge documents them, and what is none is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from runtime.eventsources.bus.expressions import read_schedule

MADE = datetime(2014, 11, 13, 18, 30, 5, tzinfo=UTC)  # a Thursday


@pytest.mark.parametrize(
    ("expression", "times"),
    [
        ("cron(0 18 ? * MON-FRI *)", ["2014-11-14 18:00", "2014-11-17 18:00"]),
        ("cron(0/15 * * * ? *)", ["2014-11-13 18:45", "2014-11-13 19:00"]),
        ("cron(5,35 14 * * ? *)", ["2014-11-14 14:05", "2014-11-14 14:35"]),
        ("cron(15 10 ? * 6L 2015-2016)", ["2015-01-30 10:15", "2015-02-27 10:15"]),
        ("cron(0 9 ? * 2#1 *)", ["2014-12-01 09:00", "2015-01-05 09:00"]),
        ("cron(0 8 1 * ? *)", ["2014-12-01 08:00", "2015-01-01 08:00"]),
        ("cron(0 0 L * ? *)", ["2014-11-30 00:00", "2014-12-31 00:00"]),
        ("cron(0 0 LW * ? *)", ["2014-11-28 00:00", "2014-12-31 00:00"]),
        ("cron(0 0 15W * ? *)", ["2014-11-14 00:00", "2014-12-15 00:00"]),
        ("cron(0 0 1W * ? *)", ["2014-12-01 00:00", "2015-01-01 00:00"]),
        ("cron(0 0 ? FEB,3 SAT-SUN *)", ["2015-02-01 00:00", "2015-02-07 00:00"]),
        ("cron(0 22-2 * * ? *)", ["2014-11-13 22:00", "2014-11-13 23:00"]),
        ("cron(0 0 29 2 ? *)", ["2016-02-29 00:00", "2020-02-29 00:00"]),
    ],
)
def test_a_cron_expression_is_due_at_these_times(expression: str, times: list[str]) -> None:
    schedule, moment = read_schedule(expression), MADE
    found = []
    for _ in times:
        moment = schedule.next_after(moment, MADE) or MADE
        found.append(f"{moment:%Y-%m-%d %H:%M}")

    # 2014-11-15 is a Saturday: the weekday nearest to it is the day before.
    assert found == times


@pytest.mark.parametrize("expression", ["cron(0 0 30 2 ? *)", "cron(0 0 1 1 ? 2000)"])
def test_what_never_comes_is_never_due(expression: str) -> None:
    assert read_schedule(expression).next_after(MADE, MADE) is None


def test_a_rate_counts_from_when_the_rule_was_made() -> None:
    schedule = read_schedule("rate(5 minutes)")

    assert schedule.next_after(MADE, MADE) == MADE + timedelta(minutes=5)
    assert schedule.next_after(MADE + timedelta(minutes=5), MADE) == MADE + timedelta(minutes=10)
    assert schedule.next_after(MADE + timedelta(minutes=12), MADE) == MADE + timedelta(minutes=15)
    assert read_schedule("rate(1 day)").next_after(MADE, MADE) == MADE + timedelta(days=1)


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "rate(0 minutes)",
        "rate(1 hours)",
        "rate(2 hour)",
        "rate(5 seconds)",
        "cron(0 18 * * *)",
        "cron(0 18 * * * *)",
        "cron(0 18 ? * ? *)",
        "cron(60 0 * * ? *)",
        "cron(0 24 * * ? *)",
        "cron(0 0 0 * ? *)",
        "cron(0 0 32W * ? *)",
        "cron(0 0 ? * 8 *)",
        "cron(0 0 ? * MON#6 *)",
        "cron(*/0 0 * * ? *)",
        "cron(0 0 * SEPT ? *)",
        "cron(0 0 * * ? 1969)",
    ],
)
def test_what_is_no_schedule_is_refused(expression: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_schedule(expression)
