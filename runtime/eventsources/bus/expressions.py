"""When a scheduled rule is due: ``rate(5 minutes)`` and ``cron(0 18 ? * MON-FRI *)``, as EventBridge documents them.

A rate counts from the moment at which the rule was made. A cron expression has six fields, in UTC: minutes, hours, day
of the month, month, day of the week (1 is Sunday) and year. Of the two days one says ``?``. ``L`` is the last day,
``15W`` the weekday nearest to the fifteenth, ``6#3`` the third Friday, ``6L`` the last one.

No library reads this form whole and is kept up; this one is a table and a search through the days.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

RATE = re.compile(r"rate\(([1-9]\d{0,5}) (minute|hour|day)(s?)\)")
CRON = re.compile(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)")
MONTHS = {name.upper(): number for number, name in enumerate(calendar.month_abbr) if name}
DAYS = {name: number for number, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"), 1)}
FIRST_YEAR, LAST_YEAR = 1970, 2199
FRIDAY_AS_PYTHON_COUNTS = 4
DayTest = Callable[[date], bool]


class Schedule(Protocol):
    """When a rule is due."""

    def next_after(self, moment: datetime, since: datetime) -> datetime | None:
        """Return the next time after a moment, for a rule that was made ``since``; ``None`` if there is none."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Again and again after the same time."""

    period: timedelta

    def next_after(self, moment: datetime, since: datetime) -> datetime | None:
        return since + self.period * max(1, (moment - since) // self.period + 1)


@dataclass(frozen=True, slots=True)
class Cron:
    """At times of the calendar."""

    minutes: Sequence[int]
    hours: Sequence[int]
    months: frozenset[int]
    years: frozenset[int]
    is_day: DayTest

    def next_after(self, moment: datetime, since: datetime) -> datetime | None:  # noqa: ARG002 - a calendar is absolute
        for day in self._days(moment.date()):
            for hour in self.hours:
                for minute in self.minutes:
                    found = datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)
                    if found > moment:
                        return found
        return None

    def _days(self, first: date) -> Iterator[date]:
        for year in sorted(year for year in self.years if year >= first.year):
            for month in sorted(self.months):
                for number in range(1, calendar.monthrange(year, month)[1] + 1):
                    day = date(year, month, number)
                    if day >= first and self.is_day(day):
                        yield day


def read_schedule(expression: str) -> Schedule:
    """Read an expression; raise ``ValueError`` for what is none."""
    rate = RATE.fullmatch(expression)
    if rate is not None:
        count, unit, plural = int(rate[1]), rate[2], rate[3]
        if (count == 1) == bool(plural):
            raise ValueError("one minute is singular, and more are plural")
        return Rate(timedelta(**{f"{unit}s": count}))
    cron = CRON.fullmatch(expression)
    if cron is None:
        raise ValueError("a schedule is rate(...) or cron(...) with six fields")
    minutes, hours, day, month, weekday, year = (field.upper() for field in cron.groups())
    return Cron(
        minutes=sorted(_numbers(minutes, 0, 59)),
        hours=sorted(_numbers(hours, 0, 23)),
        months=frozenset(_numbers(month, 1, 12, MONTHS)),
        years=frozenset(_numbers(year, FIRST_YEAR, LAST_YEAR)),
        is_day=_day_test(day, weekday),
    )


def _day_test(day: str, weekday: str) -> DayTest:
    if (day == "?") == (weekday == "?"):
        raise ValueError("one of day-of-month and day-of-week is ?, and the other is not")
    return _in_month(day) if weekday == "?" else _in_week(weekday)


def _in_month(text: str) -> DayTest:
    if text == "L":
        return lambda day: day.day == _last(day)
    if text == "LW":
        return lambda day: day == _nearest_weekday(day, _last(day))
    nearest = re.fullmatch(r"(\d{1,2})W", text)
    if nearest is not None:
        (wanted,) = _numbers(nearest[1], 1, 31)
        return lambda day: wanted <= _last(day) and day == _nearest_weekday(day, wanted)
    numbers = _numbers(text, 1, 31)
    return lambda day: day.day in numbers


def _in_week(text: str) -> DayTest:
    if text == "L":
        return lambda day: _weekday(day) == DAYS["SAT"]
    last = re.fullmatch(r"([A-Z]{3}|\d)L", text)
    if last is not None:
        (wanted,) = _numbers(last[1], 1, 7, DAYS)
        return lambda day: _weekday(day) == wanted and day.day + 7 > _last(day)
    nth = re.fullmatch(r"([A-Z]{3}|\d)#([1-5])", text)
    if nth is not None:
        (wanted,), number = _numbers(nth[1], 1, 7, DAYS), int(nth[2])
        return lambda day: _weekday(day) == wanted and (day.day - 1) // 7 + 1 == number
    numbers = _numbers(text, 1, 7, DAYS)
    return lambda day: _weekday(day) in numbers


def _numbers(text: str, first: int, last: int, names: Mapping[str, int] | None = None) -> set[int]:
    """Return the numbers of ``*``, ``5``, ``1-5``, ``*/10``, ``3/10``, ``1-9/2`` and lists of these."""
    found: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        low, _, high = span.partition("-")
        if step and not re.fullmatch(r"[1-9]\d*", step):
            raise ValueError(f"{part} has no step")
        begin = first if low == "*" else _number(low, first, last, names or {})
        end = last if low == "*" or (step and not high) else begin
        if high:
            end = _number(high, first, last, names or {})
        around = range(begin, end + 1) if begin <= end else (*range(begin, last + 1), *range(first, end + 1))
        found |= set(list(around)[:: int(step or 1)])
    return found


def _number(text: str, first: int, last: int, names: Mapping[str, int]) -> int:
    number = names[text] if text in names else int(text) if re.fullmatch(r"\d{1,4}", text) else -1
    if not first <= number <= last:
        raise ValueError(f"{text} is not between {first} and {last}")
    return number


def _weekday(day: date) -> int:
    return day.isoweekday() % 7 + 1


def _last(day: date) -> int:
    return calendar.monthrange(day.year, day.month)[1]


def _nearest_weekday(day: date, wanted: int) -> date:
    """Return the weekday of this month that is nearest to a day of it."""
    found = day.replace(day=wanted)
    beyond = found.weekday() - FRIDAY_AS_PYTHON_COUNTS
    if beyond == 1:
        return found - timedelta(days=1) if found.day > 1 else found + timedelta(days=2)
    if beyond == 2:
        return found + timedelta(days=1) if found.day < _last(day) else found - timedelta(days=2)
    return found
