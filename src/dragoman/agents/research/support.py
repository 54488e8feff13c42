"""Whether an answer says what its evidence says, and no figure more."""

from __future__ import annotations

import re

from dragoman.agents.citations import Cited, names
from dragoman.agents.result import Citation
from dragoman.agents.state import TurnState, passages_of
from dragoman.languages import figures, profile
from dragoman.memory import Passage

_MARKS = re.compile(r"\s*[\[［【〔]\s*\d[\d\s,、，،]*[\]］】〕]")


def rests_on_evidence(text: str, state: TurnState) -> bool:
    """Whether `text` holds the figures and ids that were found, and none from elsewhere.

    True where the turn looked for no evidence. What is said in words alone cannot be compared over
    language borders and counts as resting on it.

    Args:
        text: The draft.
        state: The turn.
    """
    evidence = state.get("evidence")
    if not evidence:
        return True
    told = _anchors(_MARKS.sub("", text))
    known = _anchors("\n".join([state["shown"], *(p.text for p in passages_of(state))]))
    wanted = figures(evidence["answer"]) - _anchors(state["shown"])
    return told <= known and (not wanted or bool(wanted & told))


def cite_evidence(text: str, passage: Passage, quote: str) -> Cited:
    """`text` with the one citation that it has: its evidence, word for word.

    Args:
        text: The answer.
        passage: The passage that the evidence stands in.
        quote: The evidence, as it is stored.
    """
    kept = _MARKS.sub("", text).rstrip()
    citation = Citation(number=1, passage=passage, quote=quote, marked=kept != text.rstrip())
    return Cited(text=f"{kept} [1]", citations=(citation,), removed=())


def in_quotes(quote: str, language: str) -> str:
    """A quotation of a source, in the quotation marks of `language`."""
    opening, closing = profile(language).quotes[0]
    return f"{opening}{' '.join(quote.split())}{closing}"


def _anchors(text: str) -> set[str]:
    return figures(text) | names(text)
