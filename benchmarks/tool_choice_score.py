"""What counts as right in benchmarks/tool_choice.py, decided from the record of a turn alone."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from babel.dates import format_date, format_skeleton
from tool_choice_tasks import Task

from dragoman.languages import consistency

_ALWAYS_FINE = {"search_documents", "current_time", "calculator"}
_DIGITS = re.compile(r"(?<=\d)[ ,.'’٬\u00a0\u202f](?=\d{3}(?!\d))")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_POLITE = (
    *(
        "ください",
        "教えて",
        "いただけ",
        "请",
        "請",
        "알려",
        "말씀",
        "กรุณา",
        "โปรด",
        "ขอทราบ",
        "รบกวน",
    ),
    *("bitte", "please", "vui lòng", "mohon", "tolong", "por favor", "пожалуйста", "veuillez"),
    *("يرجى", "الرجاء", "لطفا", "لطفاً"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Score:
    """How one turn did."""

    choice: bool
    """Whether the first plan is right: tools and arguments."""

    whole: bool
    """Whether everything is right."""

    why: str
    """The first thing that is wrong, empty when nothing is."""

    language: bool
    """Whether the reply is in the asker's language."""


def score(task: Task, record: Mapping[str, Any]) -> Score:
    """Judge the record of a turn: ``first``, ``log``, ``text``, ``ended``."""
    language = not record["text"].strip() or _in_language(task, record)
    choice = _choice(task, record["first"])
    why = _wrong(task, record) or ("" if language else "the reply is in another language")
    return Score(choice=not choice, whole=not why, why=why or choice, language=language)


def _choice(task: Task, first: Sequence[Mapping[str, Any]]) -> str:
    fine = _ALWAYS_FINE | task.also
    asked = [call for call in first if call["tool"] not in fine or call["tool"] in task.needs]
    if not task.calls:
        return f"called {asked[0]['tool']}" if asked else ""
    later = {name for name, _ in task.then}
    open_calls = list(task.calls)
    for call in asked:
        match = next((gold for gold in open_calls if _is(call, gold)), None)
        if match is not None:
            open_calls.remove(match)
        elif call["tool"] not in later:
            return f"first planned {call['tool']} {call['arguments']}"
    return "" if len(open_calls) < len(task.calls) else "planned nothing"


def _wrong(task: Task, record: Mapping[str, Any]) -> str:
    if not record["ended"]:
        return f"did not end: {record.get('error', '')}"[:120]
    log = record["log"]
    rest = [call for call in log if call["effect"] != "none" and not call["error"]]
    for gold in (*task.calls, *task.then):
        done = next((call for call in log if not call["error"] and _is(call, gold)), None)
        if done is None:
            return f"{gold[0]} was not done as asked"
        if done in rest:
            rest.remove(done)
    if rest:
        return f"did {rest[0]['tool']} {rest[0]['arguments']}"
    text = record["text"]
    if not text.strip():
        return "empty answer"
    if task.kind == "missing":
        asked = any(mark in text for mark in "?？؟") or any(
            word in text.casefold() for word in _POLITE
        )
        named = any(word.casefold() in text.casefold() for word in task.asks)
        return "" if asked and named else "did not ask for what is missing"
    missing = [fact for fact in task.facts if not _holds(text, fact, task.language)]
    return f"the answer lacks {missing[0]}" if missing else ""


def _is(call: Mapping[str, Any], gold: tuple[str, Mapping[str, Any]]) -> bool:
    name, arguments = gold
    return call["tool"] == name and all(
        _fits(call["arguments"].get(key), wanted, key) for key, wanted in arguments.items()
    )


def _fits(value: Any, wanted: Any, key: str) -> bool:
    if wanted == "*":
        return bool(str(value or "").strip())
    if isinstance(wanted, dict):
        return all(_holds(str(value or ""), fact, "en") for fact in wanted["has"])
    if isinstance(wanted, list):
        return any(_fits(value, item, key) for item in wanted)
    if isinstance(wanted, int | float):
        try:
            return abs(float(value) - wanted) < 0.005
        except (TypeError, ValueError):
            return False
    if key == "when" and value is None:  # the tool's default
        return bool(wanted == "today")
    if key in {"city", "name"}:
        return str(value).strip().casefold() == wanted.casefold()
    return str(value).strip() == wanted


def _holds(text: str, fact: Any, language: str) -> bool:
    if isinstance(fact, list):
        return any(_holds(text, item, language) for item in fact)
    plain = _plain(text)
    if isinstance(fact, int | float):
        return any(
            abs(float(found) - abs(fact)) <= 0.005 * abs(fact)
            for found in _NUMBER.findall(_ungrouped(plain))
        )
    if fact.startswith("date:"):
        return any(
            re.search(rf"(?<!\d){re.escape(way)}(?!\d)", plain)
            for way in _dates(fact[5:], language)
        )
    if fact.startswith("time:"):
        hour, minute = map(int, fact[5:].split(":"))
        return any(re.search(way, plain) for way in _times(hour, minute))
    return _plain(fact) in plain


def _plain(text: str) -> str:
    """NFKC, ASCII digits, no case, no invisible marks."""
    text = "".join(
        str(unicodedata.digit(character)) if character.isdecimal() else character
        for character in unicodedata.normalize("NFKC", text)
        if unicodedata.category(character) != "Cf"
    )
    return " ".join(text.casefold().split())


def _ungrouped(text: str) -> str:
    return re.sub(r"(?<=\d)[,٫](?=\d{1,2}(?!\d))", ".", _DIGITS.sub("", text))


@cache
def _dates(iso: str, language: str) -> tuple[str, ...]:
    day = date.fromisoformat(iso)
    locale = {"zh-Hans": "zh_Hans", "zh-Hant": "zh_Hant"}.get(language, language)
    ways = {iso, f"{day.month}月{day.day}日", f"{day.month}월 {day.day}일", f"{day:%d.%m.%Y}"}
    ways |= {f"{day:%d/%m/%Y}", f"{day.day}/{day.month}", f"{day:%d.%m.}", f"{day:%Y/%m/%d}"}
    ways |= {f"{day:%d-%m-%Y}", f"{day:%d/%m}", f"{day:%m/%d}", f"{day.year}/{day.month}/{day.day}"}
    for tag in {locale, "en"}:
        ways |= {format_skeleton(way, day, locale=tag) for way in ("MMMd", "MMMMd")}
        ways |= {format_date(day, way, locale=tag) for way in ("medium", "long")}
    month = format_date(day, "MMMM", locale=locale)
    ways |= {
        f"{day.day} {month}",
        f"{day.day}. {month}",
        f"{day.day} de {month}",
        f"{month} {day.day}",
    }
    ways |= {f"{day.day} tháng {day.month}", f"ngày {day.day}-{day.month}", f"{day.day}号"}
    ways |= {f"march {day.day}", f"{day.day} march"} if day.month == 3 else set()
    if language == "ar":
        ways |= {f"{day.day} من {month}"}
        ways |= {f"{day.day} آذار"} if day.month == 3 else set()
    if language == "fa" and day.month == 3:
        # Esfand 1404 begins on 2026-02-20, Farvardin 1405 on 2026-03-21.
        ordinal = day.toordinal() - date(2026, 2, 20).toordinal() + 1
        ways |= {f"{ordinal} اسفند"} if ordinal <= 29 else {f"{ordinal - 29} فروردین"}
    return tuple(map(_plain, ways))


def _times(hour: int, minute: int) -> tuple[str, ...]:
    ways = [rf"(?<!\d)0?{hour}\s?[:.h]\s?{minute:02d}", rf"(?<!\d)0?{hour % 12 or 12}:{minute:02d}"]
    hours = {hour, hour % 12 or 12}
    for shown in hours:
        mark = r"\s?(?:時|时|點|点|시|h\b|uhr|giờ|jam)"
        rest = rf"\s?0?{minute}" if minute else ""
        ways.append(rf"(?<!\d){shown}{mark}{rest}")
        if minute == 30:
            ways.append(rf"(?<!\d){shown}{mark}\s?(?:半|반)")
        if not minute:
            ways += [
                rf"(?<!\d)(?:pukul|jam|lúc|الساعة|ساعت)\s0?{shown}(?!\d)",
                rf"(?<!\d){shown}\s?[ap]\.?m",
            ]
    return tuple(ways)


def _in_language(task: Task, record: Mapping[str, Any]) -> bool:
    known = [task.ask, *(str(call.get("result", "")) for call in record["log"])]
    known += [str(value) for call in record["log"] for value in call["arguments"].values()]
    if consistency.check(record["text"], task.language, ignore=known).serious:
        return False
    letters = re.sub(r"\S*[\d@_]\S*|\b[A-Z]{2,}\b", " ", record["text"])
    if sum(character.isalpha() for character in letters) < 24:
        return True
    found, confidence = _lingua(letters)
    return confidence < 0.9 or found == task.language.split("-")[0]


@cache
def _detector() -> Any:
    from lingua import Language, LanguageDetectorBuilder

    names = (
        "CHINESE JAPANESE KOREAN ARABIC PERSIAN GERMAN FRENCH SPANISH RUSSIAN THAI VIETNAMESE "
        "ENGLISH INDONESIAN"
    )
    return LanguageDetectorBuilder.from_languages(
        *(getattr(Language, name) for name in names.split())
    ).build()


def _lingua(text: str) -> tuple[str, float]:
    best = _detector().compute_language_confidence_values(text)[0]
    return best.language.iso_code_639_1.name.lower(), best.value
