"""Days that a question names, as dates: ``来週の月曜日``, ``٣ ديسمبر``, ``übermorgen``.

A small model copies a date that it reads and miscounts one that it must work out. So the days that
a question names are worked out here, and the planner is shown what they mean. What means different
days to different people (``next Friday`` on a Monday, Hindi कल) is left to it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from babel import Locale

from dragoman.languages.calendars import BUDDHIST_OFFSET
from dragoman.languages.profiles import profile

_KANJI = {char: value for value, char in enumerate("〇一二三四五六七八九")}
_SPACED = frozenset({"zh-Hans", "zh-Hant", "yue", "ja", "th"})
"""Languages that are written without spaces: a word may stand right beside another."""

_COUNT = r"(?P<n>\d{1,3}|[一二三四五六七八九十])"
_MONTH_FIRST = frozenset({"en"})
_LATEST_BUDDHIST = 2400


@dataclass(frozen=True, kw_only=True, slots=True)
class NamedDay:
    """A day that a text names."""

    text: str
    """What the text says, for example ``来週の月曜日``."""

    day: date
    """The day that it means."""


def find_dates(text: str, tag: str, *, today: date) -> tuple[NamedDay, ...]:
    """The days that `text` names, in the order in which it does; each wording once.

    Args:
        text: What somebody wrote.
        tag: BCP-47 tag of its language.
        today: What relative days count from.
    """
    shown = _folded(text)
    found: list[tuple[int, int, date | None]] = []
    for start, end, day in _candidates(shown, tag, today):
        if not any(start < other_end and other_start < end for other_start, other_end, _ in found):
            found.append((start, end, day))
    found.sort(key=lambda span: span[0])
    named = {shown[start:end].strip(): day for start, end, day in found if day is not None}
    return tuple(NamedDay(text=wording, day=day) for wording, day in named.items())


def read_date(text: str, tag: str, *, today: date) -> date | None:
    """The one day that `text` names; ``None`` when it names none or several."""
    days = {named.day for named in find_dates(text, tag, today=today)}
    return days.pop() if len(days) == 1 else None


def _candidates(text: str, tag: str, today: date) -> Iterator[tuple[int, int, date | None]]:
    """Spans with their days, the most telling kind first; no day where it is not clear."""
    for pattern in _absolute(tag):
        for match in pattern.finditer(text):
            day = _written(match, tag, today)
            if day is not None:
                yield match.start(), match.end(), day
    words = _words(tag)
    for pattern, meaning in words["phrases"]:
        for match in pattern.finditer(text):
            yield match.start(), match.end(), meaning(today, match)


def _written(match: re.Match[str], tag: str, today: date) -> date | None:
    """The date that year, month and day make; without a year, the next such day from today."""
    groups = match.groupdict()
    month = groups["month"]
    number = _months(tag).get(month.strip(".")) if not month.isdecimal() else int(month)
    day = int(groups["day"])
    year = int(groups["year"]) if groups.get("year") else 0
    if year > _LATEST_BUDDHIST:
        year -= BUDDHIST_OFFSET
    if number is None:
        return None
    try:
        if year:
            return date(year, number, day)
        near = date(today.year, number, day)
        return near if near >= today else date(today.year + 1, number, day)
    except ValueError:
        return None


@cache
def _absolute(tag: str) -> tuple[re.Pattern[str], ...]:
    year, day, month = r"(?P<year>\d{4})", r"(?P<day>\d{1,2})", r"(?P<month>\d{1,2})"
    patterns = [rf"(?<!\d){year}[-/.]{month}[-/.]{day}(?!\d)"]
    family = profile(tag).family
    if tag == "ko":
        patterns.append(rf"(?:{year}년\s*)?{month}월\s*{day}일")
    elif family == "cjk":
        patterns.append(rf"(?:{year}年\s*)?{month}月\s*{day}(?:日|号|號)")
    elif tag == "vi":
        patterns.append(rf"(?:ngày\s+)?{day}\s+tháng\s+{month}(?:\s+năm\s+{year})?")
    if family != "cjk":
        names = "|".join(sorted(map(re.escape, _months(tag)), key=len, reverse=True))
        named = rf"(?P<month>{names})\.?"
        after = rf"(?:,?\s+(?:de\s+|del\s+)?{year})?"
        patterns.append(
            rf"(?<!\d){day}(?:\.|º|er|-го|th|st|nd|rd)?\s+(?:de\s+|of\s+)?{named}{after}"
        )
        patterns.append(rf"(?<!\w){named}\s+{day}(?:st|nd|rd|th)?(?!\d)(?:,?\s+{year})?")
        separator = r"[./]"
        if tag not in _MONTH_FIRST:  # 3/12 is a day in March to some readers of English
            patterns.append(rf"(?<![\d./]){day}{separator}{month}{separator}{year}(?!\d)")
            patterns.append(rf"(?<![\d./,]){day}/{month}(?![\d/])")
    return tuple(re.compile(pattern) for pattern in patterns)


@cache
def _months(tag: str) -> dict[str, int]:
    locale = Locale.parse(profile(tag).locale)
    names: dict[str, int] = {}
    for context in ("format", "stand-alone"):
        for width in ("wide", "abbreviated"):
            for number, name in locale.months[context][width].items():
                folded = _folded(name).strip(".")
                if not folded.isdecimal():
                    names.setdefault(folded, number)
    return names


@cache
def _words(tag: str) -> dict[str, Any]:
    """The relative phrases of a language with what they mean, longest first."""
    data = _data()[tag]
    phrases: list[tuple[str, Any]] = []
    for word, days in data["words"].items():
        phrases.append((re.escape(_folded(word)), _from_today(days)))
    for template in data["in_days"]:
        before, after = _folded(template).split("{n}")
        behind = re.escape(after.strip())
        phrases.append((rf"{re.escape(before)}{_COUNT}\s*{behind}", _in_days))
    for weekday, names in enumerate(data["weekdays"]):
        for name in map(_folded, names):
            phrases += _weekday_phrases(re.escape(name), weekday, data)
    phrases.sort(key=lambda phrase: len(phrase[0]), reverse=True)
    edge_before, edge_after = ("", "") if tag in _SPACED else (r"(?<!\w)", r"(?!\w)")
    if tag == "ko":  # particles follow without a space
        edge_after = ""
    compiled = [
        (re.compile(f"{edge_before}{pattern}{edge_after}"), meaning) for pattern, meaning in phrases
    ]
    return {"phrases": compiled}


def _weekday_phrases(name: str, weekday: int, data: Mapping[str, Any]) -> list[tuple[str, Any]]:
    phrases: list[tuple[str, Any]] = [(name, _coming(weekday))]
    for key, meaning in (
        ("next_week", _in_week(weekday, 1)),
        ("this_week", _in_week(weekday, 0)),
        ("next", _next(weekday)),
    ):
        around = data.get(key, {})
        before = [re.escape(_folded(word)) for word in around.get("before", ())]
        after = [re.escape(_folded(word)) for word in around.get("after", ())]
        phrases += [(word + name, meaning) for word in before]
        phrases += [(name + word, meaning) for word in after]
    return phrases


def _from_today(days: int) -> Any:
    return lambda today, _: today + timedelta(days=days)


def _in_days(today: date, match: re.Match[str]) -> date:
    number = match["n"]
    days = int(number) if number.isdecimal() else (10 if number == "十" else _KANJI[number])
    return today + timedelta(days=days)


def _coming(weekday: int) -> Any:
    """The next such weekday after today; today's own name is taken for the one in a week."""
    return lambda today, _: today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)


def _in_week(weekday: int, weeks: int) -> Any:
    return lambda today, _: today + timedelta(days=weekday - today.weekday() + 7 * weeks)


def _next(weekday: int) -> Any:
    """``next Monday`` is clear unless this week still has such a day."""
    return lambda today, _: (
        None if weekday > today.weekday() else today + timedelta(days=weekday - today.weekday() + 7)
    )


@cache
def _data() -> dict[str, Any]:
    import yaml  # noqa: PLC0415 - read only when dates are looked for

    text = files("dragoman.languages").joinpath("dates.yaml").read_text("utf-8")
    data: dict[str, Any] = yaml.safe_load(text)
    return data


def _folded(text: str) -> str:
    shown = unicodedata.normalize("NFKC", text).casefold()
    digits = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in shown)
    return _with_digits(digits)


def _with_digits(text: str) -> str:
    """Chinese numerals of days and months (十二月三日) as digits; 一昨日 and 周一 stay."""
    return re.sub(r"[一二三四五六七八九十]{1,3}(?=[月日号號])(?!日?曜)", _as_number, text)


def _as_number(match: re.Match[str]) -> str:
    written = match[0]
    tens, ten, units = written.rpartition("十")
    if not ten:
        return "".join(str(_KANJI[char]) for char in written)
    return str((_KANJI[tens] if tens else 1) * 10 + (_KANJI[units] if units else 0))
