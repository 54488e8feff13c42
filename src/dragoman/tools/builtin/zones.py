"""Time zones by the names that people give them, in any of the profiles' languages."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from dragoman.errors import ToolFailedMistake
from dragoman.languages import profiles

_OFFSET = re.compile(r"(?:utc|gmt)?\s*([+-])(\d{1,2})(?::?(\d{2}))?")
_MOST_LISTED = 6

# One legal time, whatever zones are kept for it beside: Ürümqi's own is not what "China" asks for.
_ONE_TIME = {"CN": "Asia/Shanghai"}


def find_zone(name: str, moment: datetime) -> tzinfo:
    """The zone of an IANA name, an offset (``UTC+9``), a city (``東京``) or a country (``مصر``).

    A name that stands for several zones is good enough when all have the same time at `moment`.

    Raises:
        ToolFailedMistake: nobody's zone, or several with different times; says what to use.
    """
    wanted = _folded(name)
    if offset := _OFFSET.fullmatch(wanted.replace("−", "-")):
        return _fixed(name, *offset.groups(default="0"))
    found = sorted(_zones_by_name().get(wanted, ()))
    if not found:
        raise ToolFailedMistake(
            f"{name!r} is not a time zone; use an IANA name such as Asia/Tokyo."
        )
    zones = [ZoneInfo(key) for key in found]
    if len({moment.astimezone(zone).utcoffset() for zone in zones}) > 1:
        listed = ", ".join(found[:_MOST_LISTED]) + (", …" if len(found) > _MOST_LISTED else "")
        raise ToolFailedMistake(f"{name!r} has several time zones; use one of them: {listed}.")
    return zones[0]


def _fixed(name: str, sign: str, hours: str, minutes: str) -> timezone:
    """A fixed offset, east positive; IANA's ``Etc/GMT+9`` counts the other way round."""
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    if offset > timedelta(hours=14) or int(minutes) > 59:
        raise ToolFailedMistake(f"{name!r} is not an offset from UTC; they end at 14 hours.")
    return timezone(-offset if sign == "-" else offset)


@lru_cache(maxsize=1)
def _zones_by_name() -> Mapping[str, set[str]]:
    """IANA names, cities and countries, folded, with the zones that they may mean."""
    known = available_timezones()
    names: defaultdict[str, set[str]] = defaultdict(set)
    for name, zone in _localized():
        if zone in known:
            names[_folded(name)].add(zone)
    for zone in known:
        if not zone.startswith("Etc/"):
            names[_folded(zone.rsplit("/", 1)[-1])].add(zone)
    # A whole IANA name means that zone only: "Jamaica" is one, and a country with the same time.
    names.update({_folded(zone): {zone} for zone in known})
    return dict(names)


def _localized() -> Iterator[tuple[str, str]]:
    """Names of cities and countries in each profile's language, each with one of its zones."""
    from babel import Locale  # noqa: PLC0415 - read when the first place is named
    from babel.core import get_global  # noqa: PLC0415 - the same

    zones_of = {
        **get_global("territory_zones"),
        **{country: [zone] for country, zone in _ONE_TIME.items()},
    }
    for profile in profiles():
        locale = Locale.parse(profile.tag, sep="-")
        for zone, names in locale.time_zones.items():
            if "city" in names:
                yield names["city"], zone
        for country, zones in zones_of.items():
            for zone in zones:
                yield locale.territories.get(country, country), zone


def _folded(name: str) -> str:
    text = unicodedata.normalize("NFKC", name).replace("_", " ")
    return " ".join(text.casefold().split())
