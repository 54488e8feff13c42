"""The routed branches: how a question of each language family is treated.

Every branch makes the same `View` of the question. What differs is what its languages need: how
terms are cut for the lexical search comes from the language's analyzer, and what the writer must
mind comes from here.
"""

from __future__ import annotations

from typing import Any

from dragoman.agents.state import TurnState, View
from dragoman.languages import analyze, normalize


async def cjk(state: TurnState) -> dict[str, Any]:
    """Chinese, Japanese, Korean: bigrams, no spaces, the language's own punctuation."""
    notes = ["Keep product names, ids and numbers as they are written in the sources."]
    if state["language"] != "ko":
        notes.append("Use full-width punctuation (。、).")
    return {"view": _view(state, notes)}


async def arabic(state: TurnState) -> dict[str, Any]:
    """Arabic, Persian, Urdu: letter forms folded; Latin ids stay Latin inside the text."""
    notes = ["Keep Latin ids, product names and numbers in Latin letters and digits."]
    return {"view": _view(state, notes)}


async def european(state: TurnState) -> dict[str, Any]:
    """Languages in Latin and Cyrillic letters with spaces and stems."""
    return {"view": _view(state, ["Keep product names, ids and numbers as they are written."])}


async def other(state: TurnState) -> dict[str, Any]:
    """Thai, Vietnamese, Indonesian, Malay, Hindi."""
    return {"view": _view(state, ["Keep product names, ids and numbers as they are written."])}


def _view(state: TurnState, notes: list[str]) -> View:
    shown, tag = state["shown"], state["language"]
    return View(normalized=normalize(shown, tag), terms=analyze(shown, tag), notes=notes)
