"""What a person told about themselves: kept when they say so, listed, forgotten.

A fact comes from the person's own words in the thread. What documents, pages and tools say cannot
become one: a text that the person did not write is refused here, whatever the model was told.
"""

from __future__ import annotations

from datetime import timedelta

from dragoman.errors import InvalidInputError, ToolFailedMistake
from dragoman.languages import analyze, detect
from dragoman.memory.facts import Fact, Facts
from dragoman.tools.calling import Calling, current_calling
from dragoman.tools.tool import Tool, tool

_MOST_DAYS = 3650
_MOST_LISTED = 50
_SAID_SHARE = 0.6  # of a fact's terms that the person must have written


def make_remember(facts: Facts) -> Tool:
    """The tool `remember`: keeps a fact about the person who is asking, with thread and turn."""

    @tool(name="remember", effect="idempotent", trusted=True)
    def remember(fact: str, days: int = 0) -> dict[str, str]:
        """Keep a lasting fact about the person, when they told it or asked to remember it.

        Args:
            fact: One sentence in the person's own words and language.
            days: Days until it is forgotten; leave it out to keep it.
        """
        now = _known_person()
        if not 0 <= days <= _MOST_DAYS:
            raise ToolFailedMistake(f"days is 0 to {_MOST_DAYS}, not {days}.")
        _check_said(fact, now)
        try:
            kept = facts.remember(
                now.user,
                fact,
                thread=f"{now.thread}#{now.turn}",
                ttl=timedelta(days=days) if days else None,
            )
        except InvalidInputError as error:
            raise ToolFailedMistake(error.message) from error
        until = {"until": kept.expires_at.date().isoformat()} if kept.expires_at else {}
        return {"remembered": kept.text, **until}

    return remember


def make_forget(facts: Facts) -> Tool:
    """The tool `forget`: forgets one fact about the person who is asking."""

    @tool(name="forget", effect="idempotent", trusted=True)
    def forget(fact: str) -> dict[str, str]:
        """Forget a fact about the person, when they ask for it.

        Args:
            fact: The fact, or words that only this one has.
        """
        known = facts.about(_known_person().user)
        wanted = _folded(fact)
        exact = [entry for entry in known if _folded(entry.text) == wanted]
        found = exact or [entry for entry in known if wanted and wanted in _folded(entry.text)]
        if len(found) != 1:
            what = "Several facts match" if found else "No fact matches"
            listed = "; ".join(entry.text for entry in (found or known)[:10]) or "nothing"
            raise ToolFailedMistake(f"{what} {fact!r:.100}. Known is: {listed}.")
        facts.delete(found[0].id)
        return {"forgotten": found[0].text}

    return forget


def make_list_facts(facts: Facts) -> Tool:
    """The tool `list_facts`: what is kept about the person who is asking."""

    @tool(name="list_facts", effect="none", trusted=True)
    def list_facts() -> list[dict[str, str]]:
        """List what was remembered about the person."""
        return [_line(fact) for fact in facts.about(_known_person().user)[-_MOST_LISTED:]]

    return list_facts


def _known_person() -> Calling:
    now = current_calling()
    if not now.user:
        raise ToolFailedMistake("It is not known who is asking, so nothing is kept about them.")
    return now


def _check_said(fact: str, now: Calling) -> None:
    """Refuse what the person did not write: names and figures of it above all."""
    tag = detect(now.said).tag  # the fact is to be in the same words, and is too short to tell
    said, terms = set(analyze(now.said, tag)), set(analyze(fact, tag))
    unsaid = {term for term in terms - said if any(character.isdigit() for character in term)}
    if not terms or unsaid or len(terms & said) < _SAID_SHARE * len(terms):
        raise ToolFailedMistake(
            "The person did not say that. Only what they said is remembered, in their own words."
        )


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _line(fact: Fact) -> dict[str, str]:
    line = {"fact": fact.text, "since": fact.stored_at.date().isoformat()}
    return {**line, "until": fact.expires_at.date().isoformat()} if fact.expires_at else line
