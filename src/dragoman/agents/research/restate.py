"""Say statements of documents in another language, one sentence each, with every figure kept."""

from __future__ import annotations

from collections.abc import Sequence

from dragoman.agents.citations import names
from dragoman.agents.prompts.spotlight import RULE, quoted
from dragoman.agents.research.statements import Statement
from dragoman.agents.research.support import in_quotes
from dragoman.agents.script_schema import only_in_script
from dragoman.errors import EngineReplyError, EngineRunawayError
from dragoman.languages import consistency, figures, profile
from dragoman.models import Engine, parse_constrained

_ROLE = (
    f"You say each statement again in {{language}}, in one plain sentence. {RULE} Keep every "
    "figure, unit, id and name exactly. Add nothing."
)
_TOGETHER = 4
"""Statements in one request: a small model mixes up more."""
_LONGEST = 300


async def restated(
    engine: Engine, found: Sequence[Statement], *, language: str
) -> list[tuple[str, bool]]:
    """Each statement as a sentence in `language`, and whether it is the model's.

    A sentence that is in another language, or has other figures or ids than its statement, gives
    way to the statement itself, in quotation marks.

    Args:
        engine: The model.
        found: The statements.
        language: BCP-47 tag.
    """
    said: list[tuple[str, bool]] = []
    for at in range(0, len(found), _TOGETHER):
        part = found[at : at + _TOGETHER]
        sentences = await _asked(engine, part, language)
        for statement, sentence in zip(part, sentences, strict=True):
            good = is_faithful(sentence, statement, language)
            quote = in_quotes(statement.text, language)
            said.append((sentence.strip(), True) if good else (quote, False))
    return said


def is_faithful(sentence: str, statement: Statement, language: str) -> bool:
    """Whether `sentence` is in `language` and has the figures and ids of `statement`, no others."""
    told, meant = sentence.strip(), f"{statement.shown}\n{statement.text}"
    if not told or consistency.check(told, language, ignore=[meant]).serious:
        return False
    return figures(told) == figures(statement.text) and names(told) <= names(meant)


async def _asked(engine: Engine, part: Sequence[Statement], language: str) -> list[str]:
    spoken = profile(language)
    item = only_in_script(language, longest=_LONGEST)
    properties = {str(number): item for number, _ in enumerate(part, 1)}
    schema = {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
    lines = "\n".join(f"{n}. {quoted(statement.shown)}" for n, statement in enumerate(part, 1))
    messages = [
        {"role": "system", "content": _ROLE.format(language=spoken.endonym)},
        {"role": "user", "content": f"{lines}\n\n{spoken.answer_instruction}"},
    ]
    try:
        reply = parse_constrained(
            await engine.planner(schema, max_tokens=160 * len(part)).ainvoke(messages)
        )
    except (EngineRunawayError, EngineReplyError):
        return [""] * len(part)
    return [str(reply.get(name, "")) for name in properties]
