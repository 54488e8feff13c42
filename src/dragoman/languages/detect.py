"""Which language a text is in: its script first, then its words, then the conversation around it.

The method and its figures are in ``docs/languages.md``, section "Detection".
"""

from __future__ import annotations

from dataclasses import replace

from dragoman.languages.context import in_context, tag_of
from dragoman.languages.detection import Detection
from dragoman.languages.identify import identify
from dragoman.languages.spans import find_spans
from dragoman.languages.steady import CLEAR
from dragoman.languages.text.masking import outside_quotes, silence
from dragoman.languages.weighing import main_script, weighed_runs

# Letters that the words around a quotation need to decide alone: what somebody quotes may be in any
# language.
_ENOUGH_SAID = 9.0


def detect(text: str, *, thread: str | None = None, hint: str | None = None) -> Detection:
    """Tell which language `text` is in.

    It is a pure function of its arguments. Where one message must not turn a whole conversation,
    pass the answer on to `steady`.

    Usage:
        detect("バッテリー交換はいくらですか？").tag  # "ja"
        detect("確認", thread="ja").tag  # "ja"

    Args:
        text: What somebody wrote.
        thread: Tag of the conversation so far. It is kept when the text says too little.
        hint: Locale of the user (``zh_TW``, ``pt-BR``), used like a thread but weaker.

    Returns:
        The language, how sure we are, and the runs of other languages inside. A text that says
        nothing is ``und`` with confidence 0, or the thread's language with 0.4 at most.
    """
    thread = tag_of(thread)
    hint = tag_of(hint)
    content = silence(text)
    found = weighed_runs(content)
    said = content
    script, evidence = main_script(content, found)
    own = outside_quotes(content)
    if own != content:
        own_script, own_evidence = main_script(own)
        if own_evidence >= _ENOUGH_SAID and identify(own, own_script)[1] >= CLEAR:
            said, script, evidence = own, own_script, own_evidence
    tag, confidence = identify(said, script, thread=thread, hint=hint)
    detection = in_context(
        tag, confidence, script=script, evidence=evidence, thread=thread, hint=hint
    )
    spans = find_spans(content, found, script, detection.tag)
    return replace(detection, spans=spans) if spans else detection
