"""The date and time, here or anywhere."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, available_timezones

from dragoman.errors import ConfigurationError, ToolFailedMistake
from dragoman.tools.tool import Tool, tool


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
    default = timezone

    @tool(name="current_time", effect="none")
    def current_time(timezone: str = "") -> str:
        """The date, weekday and time now, here or in a time zone.

        Args:
            timezone: IANA name such as Asia/Seoul; leave it out for the time here.
        """
        moment = now()
        zone = timezone.strip() or default
        local = moment.astimezone(_zone(zone)) if zone else moment.astimezone()
        return local.strftime("%Y-%m-%d %H:%M:%S (%A, UTC%z)")

    return current_time


def _zone(name: str) -> ZoneInfo:
    """The zone of that name, also for a bare city such as ``Tokyo`` or ``new york``."""
    zones = available_timezones()
    if name in zones:
        return ZoneInfo(name)
    wanted = name.replace(" ", "_").casefold()
    for zone in sorted(zones):
        if wanted in (zone.casefold(), zone.rsplit("/", 1)[-1].casefold()):
            return ZoneInfo(zone)
    raise ToolFailedMistake(f"{name!r} is not a time zone; use an IANA name such as Asia/Tokyo.")
