"""Whether a reply is in the language that it should be in.

Deterministic, sentence by sentence, and without a model. What is nobody's language (code,
addresses, ids) or not the writer's own (names and quotations from the sources) does not count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from dragoman.languages.detect import detect
from dragoman.languages.judge import SHORTEST, Judgment, judge
from dragoman.languages.profiles import resolve_tag
from dragoman.languages.same_script import SIBLINGS
from dragoman.languages.text.masking import mask
from dragoman.languages.text.segment import sentences

Problem = Literal["", "wrong_language", "drift", "foreign_words", "wrong_script"]

# Less than this in another language is a heading or a title, in Latin letters.
_LEAST_DRIFT = 18.0

# A stream is looked at after so many characters, or at the end of a sentence.
_STRIDE = 24
_ENDS = "\n.!?。！？؟۔।"


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """Whether a text is in the expected language, and if not, what is wrong."""

    ok: bool
    """Whether the text may be sent."""

    problem: Problem = ""
    """``wrong_language``: the text is in another language; ``drift``: a part of it is;
    ``foreign_words``: stray words of another one; ``wrong_script``: Simplified for Traditional
    characters or the other way round; empty when `ok`."""

    language: str = ""
    """BCP-47 tag of the language that was found; the expected one when `ok`."""

    start: int = 0
    """Index in the text where the problem begins."""

    end: int = 0
    """Index after the end of its first occurrence."""

    abstained: bool = False
    """Whether the text was too short to tell, which counts as `ok`."""

    @property
    def serious(self) -> bool:
        """Whether a reader would not understand the text; a stray word is a blemish."""
        return not self.ok and self.problem != "foreign_words"


def check(text: str, expected: str, *, ignore: Sequence[str] = ()) -> Verdict:
    """Tell whether `text` is in the language `expected`.

    Args:
        text: A reply.
        expected: BCP-47 tag of the language that it should be in.
        ignore: Names and product names that may stand as they are, and source texts that may be
            quoted word for word inside quotation marks.

    Raises:
        InvalidInputError: `expected` is not a language that Dragoman knows.
    """
    expected = resolve_tag(expected)
    masked = mask(text, ignore)
    judged = [
        (segment.start, judge(masked[segment.start : segment.end], expected))
        for segment in sentences(masked, expected)
    ]
    if not any(judgment.finding != "unclear" for _, judgment in judged):
        judged = [(0, judge(" ".join(masked.split("\n")), expected))]
    return _sum_up(judged, masked, expected)


class StreamGuard:
    """Watches a reply while it is being written, so that drift is caught in the first sentences.

    Usage:
        guard = StreamGuard("ja")
        for token in tokens:
            if (verdict := guard.feed(token)) is not None:
                break  # verdict says what is wrong
        else:
            verdict = guard.finish()
    """

    def __init__(self, expected: str, *, ignore: Sequence[str] = ()) -> None:
        """Watch for the language `expected`; `ignore` is as in `check`."""
        self._expected = resolve_tag(expected)
        self._ignore = tuple(ignore)
        self._text = ""
        self._seen = 0
        self._judged: dict[tuple[int, int], Judgment] = {}
        self._verdict: Verdict | None = None

    def feed(self, text: str) -> Verdict | None:
        """Take the next piece of the reply.

        Returns:
            What is wrong, as soon as that is clear and from then on; None while all is well.
        """
        self._text += text
        if self._verdict is None and self._is_due():
            self._seen = len(self._text)
            self._verdict = self._look()
        return self._verdict

    def finish(self) -> Verdict:
        """The verdict on the whole reply, as `check` gives it."""
        return check(self._text, self._expected, ignore=self._ignore)

    def _is_due(self) -> bool:
        new = self._text[self._seen :]
        return len(new) >= _STRIDE or any(end in new for end in _ENDS)

    def _look(self) -> Verdict | None:
        masked = mask(self._text, self._ignore)
        judged: list[tuple[int, Judgment]] = []
        for segment in sentences(masked, self._expected):
            span = (segment.start, segment.end)
            if span not in self._judged:  # an unfinished sentence is judged again when it grows
                self._judged[span] = judge(masked[segment.start : segment.end], self._expected)
            judged.append((segment.start, self._judged[span]))
        found = _sum_up(judged, masked, self._expected)
        lost = sum(f.weight for _, f in judged if f.finding in {"wrong", "script"})
        lost += sum(f.foreign for _, f in judged)
        return found if found.serious and lost >= _LEAST_DRIFT else None


def _sum_up(judged: list[tuple[int, Judgment]], masked: str, expected: str) -> Verdict:
    wrong = [(start, found) for start, found in judged if found.finding == "wrong"]
    lost = sum(found.weight for _, found in wrong)
    kept = sum(f.weight for _, f in judged if f.finding in {"right", "stray", "script"})
    if lost + kept < SHORTEST:
        return Verdict(ok=True, language=expected, abstained=True)
    if lost > kept:
        return _verdict("wrong_language", wrong)
    drifting = [pair for pair in judged if pair[1].foreign >= 2 * _LEAST_DRIFT] + wrong
    if lost >= _LEAST_DRIFT or len(drifting) > len(wrong):
        return _verdict("drift", sorted(drifting, key=lambda pair: pair[0]))
    script = [(start, found) for start, found in judged if found.finding == "script"]
    if script:
        return _verdict("wrong_script", script)
    strays = [(start, found) for start, found in judged if found.finding == "stray"]
    if strays:
        return _verdict("foreign_words", strays)
    return _sibling(masked, expected) or Verdict(ok=True, language=expected)


def _verdict(problem: Problem, found: list[tuple[int, Judgment]]) -> Verdict:
    votes: Counter[str] = Counter()
    for _, judgment in found:
        votes[judgment.tag] += int(judgment.weight) + 1
    offset, first = found[0]
    return Verdict(
        ok=False,
        problem=problem,
        language=votes.most_common(1)[0][0],
        start=offset + first.start,
        end=offset + first.end,
    )


def _sibling(masked: str, expected: str) -> Verdict | None:
    """Whether the whole text is in a language that no single sentence gives away."""
    pair = next((pair for pair in SIBLINGS if expected in pair), None)
    if pair is None or len(masked) < 120:
        return None
    found = detect(masked)
    if found.tag == expected or found.tag not in pair or found.confidence < 0.95:
        return None
    return Verdict(ok=False, problem="wrong_language", language=found.tag, end=len(masked.rstrip()))
