"""The writer's prompt: evidence first, the question last, and nothing of the planner's.

Measured on the sample store's eight questions with Qwen2.5-Coder 1.5B by
benchmarks/writer_prompt.py: after the planner's preamble the writer goes on planning, 1 right
figure; with this short role, 7, and 7 too with the question first, where one answer then copies a
passage whole.
"""

from __future__ import annotations

from collections.abc import Sequence

from dragoman.agents.localized import spellings
from dragoman.agents.prompts.results import result_line
from dragoman.agents.prompts.spotlight import RULE, quoted
from dragoman.agents.recall import material
from dragoman.memory import Passage
from dragoman.tools import Call

ROLE = f"""\
You answer questions from passages and results. {RULE} Answer only what is asked, in one or two \
sentences, in the language of the question. When they do not hold the answer, say so.\
"""

_KNOWN = (
    "What the person who asks has told about themselves earlier; it is no source, and matters only "
    "where the question is about it:"
)
_STOPPED = (
    "The work was stopped before it was finished. Say what was done and what was found, and that "
    "the rest was not done."
)


def writing_request(
    question: str,
    *,
    passages: Sequence[Passage],
    calls: Sequence[Call],
    instruction: str,
    notes: Sequence[str],
    language: str,
    evidence: str = "",
    stopped: bool = False,
) -> str:
    """One message that asks for the answer.

    The best passage stands last, next to the question: a small model reads what is near.

    Args:
        question: What was asked, as it is shown.
        passages: What was found, best first; they keep their numbers.
        calls: What the tools said.
        instruction: How to answer, in the language of the answer.
        notes: What the writer must mind in this language family, in English.
        language: BCP-47 tag of the answer, which says how dates and amounts are written.
        evidence: What in the passages answers the question, where that is known.
        stopped: Whether the turn's budget ended the work before it was known to be done.
    """
    parts: list[str] = []
    if passages:
        parts.append("Passages:\n" + "\n\n".join(_numbered(passages)))
    if calls:
        lines = (_result(call, question, language) for call in calls)
        parts.append("Results:\n" + "\n".join(lines))
    if evidence:
        parts.append(f"This answers the question:\n{quoted(evidence)}")
    if stopped:
        parts.append(_STOPPED)
    parts += [" ".join(notes), instruction, question]
    return "\n\n".join(part for part in parts if part)


def with_facts(request: str, facts: Sequence[str]) -> str:
    """`request` after what the person who asks has told about themselves."""
    told = "\n".join(facts)
    return f"{_KNOWN}\n{quoted(told)}\n\n{request}" if facts else request


def _numbered(passages: Sequence[Passage]) -> list[str]:
    return [material(passage, number) for number, passage in reversed(list(enumerate(passages, 1)))]


def _result(call: Call, question: str, language: str) -> str:
    # What the tool said stands first: only that can be checked and copied exactly.
    line = result_line(call)
    written = [f"{raw} is written {shown}" for raw, shown in spellings(call, question, language)]
    return f"{line} ({'; '.join(written)})" if written else line
