"""What a customer is told around a hand-off, in their language, without any model."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from dragoman.agents.support.hours import Opening
from dragoman.languages import isolate, profile


def handed_over(tag: str, opening: Opening | None) -> str:
    """That a person answers, and from when on, where nobody is there now."""
    told = profile(tag).replies.hand_over
    if opening is None:
        return told
    return f"{told}\n{_notice('outside', tag).format(opening=_isolated(opening.told(tag), tag))}"


def queued(tag: str) -> str:
    """That what was written has reached the person who has the thread."""
    return _notice("queued", tag)


def not_offered(tag: str, offered: Sequence[str]) -> str:
    """That the language is not offered, said in it, and which ones are."""
    names = ", ".join(profile(one).endonym for one in offered)
    return _notice("not_offered", tag).format(languages=_isolated(names, tag))


def _isolated(text: str, tag: str) -> str:
    return isolate(text) if profile(tag).direction == "rtl" else text


def _notice(name: str, tag: str) -> str:
    return _data()[profile(tag).tag][name]


@cache
def _data() -> dict[str, dict[str, str]]:
    import yaml  # noqa: PLC0415 - read only where there is something to say

    text = files("dragoman.agents.support").joinpath("notices.yaml").read_text("utf-8")
    found: dict[str, dict[str, str]] = yaml.safe_load(text)
    return found
