"""The language of a text by itself: what its script allows, then what its words say."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice

import numpy as np

from dragoman.languages.detection import UNDETERMINED
from dragoman.languages.han import han_model
from dragoman.languages.text.scripts import CLASSES
from dragoman.languages.wordmodel import Scores, word_model

SOLE = {"Hang": "ko", "Thai": "th", "Deva": "hi", "Kana": "ja"}
"""Scripts that one language of ours is written in."""

_MODELS = {"Latn": "latin", "Cyrl": "cyrillic", "Arab": "arabic"}
_WORDS = {
    "Latn": re.compile(f"[{CLASSES['Latn']}]+"),
    "Cyrl": re.compile(f"[{CLASSES['Cyrl']}]+(?:['’ʼ][{CLASSES['Cyrl']}]+)*"),
    "Arab": re.compile(f"[{CLASSES['Arab']}\u200c]+"),
}
_ARABIC_MARKS = re.compile("[\u064b-\u0652\u0640\u0670]")
_KANA = re.compile(f"[{CLASSES['Kana']}]")
_HAN = re.compile(f"[{CLASSES['Hani']}]")
_ENOUGH = 300  # words; more would not change the answer

# Words are not independent, so their likelihoods together claim too much.
_CAUTION = 0.7
# What the thread's language and the locale are worth, in nats, among languages of one script.
_THREAD, _HINT = 3.0, 1.5
# Kana among Chinese characters, below which a text is asked whether it is Chinese with a の in it.
_FEW_KANA = 0.12
# Chinese that the script leaves open is Simplified, as most Chinese is; written Chinese without a
# mark of Cantonese is not Cantonese.
_HAN_PRIOR = {"zh-Hans": 0.4, "yue": -1.5}
# A text is nobody's language when it fits the languages that we don't know so much better.
_NOBODYS = 0.9


def identify(
    text: str, script: str, *, thread: str | None = None, hint: str | None = None
) -> tuple[str, float]:
    """The likeliest language of `text`, whose letters are mostly of `script`, and its probability.

    Returns:
        A tag among `FAMILIES`, or ``und`` with 0 when the text is in a language that is not.
    """
    if script in SOLE:
        return SOLE[script], 0.99
    if script == "Jpan":
        kana, han = len(_KANA.findall(text)), len(_HAN.findall(text))
        if kana > _FEW_KANA * (kana + han):
            return "ja", 0.99
        script = "Hani"
    if script != "Hani" and script not in _MODELS:
        return UNDETERMINED, 0.0
    columns, scores = scores_of(text, script)
    return _decide(columns, scores, thread, hint)


def scores_of(text: str, script: str) -> tuple[Sequence[str], Scores]:
    """Log-likelihood of `text` in each column of the model of `script`, up to a constant.

    Args:
        text: What was written.
        script: ``Latn``, ``Cyrl``, ``Arab`` or ``Hani``.
    """
    if script == "Hani":
        han = han_model()
        scores = han.scores(text)
        for column, tag in enumerate(han.columns):
            scores[column] += _HAN_PRIOR.get(tag, 0.0)
        return han.columns, scores
    if script == "Arab":
        text = _ARABIC_MARKS.sub("", text)
    model = word_model(_MODELS[script])
    words = (match.group() for match in _WORDS[script].finditer(text))
    return model.columns, model.scores(islice(words, _ENOUGH))


def _decide(
    columns: Sequence[str], scores: Scores, thread: str | None, hint: str | None
) -> tuple[str, float]:
    weights = (scores - scores.max()) * _CAUTION
    best, foreign, whole = -1, 0.0, 0.0
    likely = np.exp(weights).tolist()
    for column, tag in enumerate(columns):
        if tag == thread:
            likely[column] *= np.exp(_THREAD)
        elif tag == hint:
            likely[column] *= np.exp(_HINT)
        whole += likely[column]
        if tag[0] == "-":
            foreign += likely[column]
        elif best < 0 or likely[column] > likely[best]:
            best = column
    if foreign > _NOBODYS * whole:
        return UNDETERMINED, 0.0
    return columns[best], likely[best] / whole
