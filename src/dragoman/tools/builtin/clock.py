"""The date and time, here or anywhere."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, available_timezones

from dragoman.errors import ConfigurationError
from dragoman.tools.builtin.zones import find_zone
from dragoman.tools.tool import Tool, tool

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _system_now() -> datetime:
    return datetime.now(UTC)


def make_current_time(timezone: str = "", *, now: Callable[[], datetime] = _system_now) -> Tool:
    """The tool `current_time`, which answers for `timezone` when the question names no place.

    Args:
        timezone: IANA zone such as ``Asia/Tokyo``; the machine's own when empty.
        now: Source of the present moment, aware of its zone.

    Raises:
        ConfigurationError: `timezone` is not an IANA zone.
    """
    if timezone and timezone not in available_timezones():
        raise ConfigurationError(
            f"{timezone!r} is not a time zone.",
            cure="Set DRAGOMAN_TIMEZONE to an IANA name such as Asia/Tokyo.",
        )
    # None: the machine's own zone, which `astimezone` finds by itself.
    default = ZoneInfo(timezone) if timezone else None

    @tool(name="current_time", effect="none", trusted=True)
    def current_time(timezone: str = "") -> str:
        """The date, weekday and time now, here or in a time zone.

        Args:
            timezone: IANA name such as Asia/Seoul; leave it out for the time here.
        """
        moment = now()
        zone = find_zone(timezone, moment) if timezone.strip() else default
        return _shown(moment.astimezone(zone))

    return current_time


def _shown(moment: datetime) -> str:
    # Not %A, which follows the process's locale: the planner reads English.
    return f"{moment:%Y-%m-%d %H:%M:%S} ({_WEEKDAYS[moment.weekday()]}, UTC{moment:%z})"
