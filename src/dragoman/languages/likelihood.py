"""What the words of a text say of each language, and what is likeliest.

The only users of numpy in detection are here and in the two models; `identify` imports this file
when a text first needs it, so that importing the room stays cheap.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice

import numpy as np

from dragoman.languages.detection import UNDETERMINED
from dragoman.languages.han import han_model
from dragoman.languages.scripts import CLASSES
from dragoman.languages.wordmodel import Scores, word_model

_MODELS = {"Latn": "latin", "Cyrl": "cyrillic", "Arab": "arabic"}
_WORDS = {
    "Latn": re.compile(f"[{CLASSES['Latn']}]+"),
    "Cyrl": re.compile(f"[{CLASSES['Cyrl']}]+(?:['’ʼ][{CLASSES['Cyrl']}]+)*"),
    "Arab": re.compile(f"[{CLASSES['Arab']}\u200c]+"),
}
_ARABIC_MARKS = re.compile("[\u064b-\u0652\u0640\u0670]")
_ENOUGH = 300  # words; more would not change the answer

# Words are not independent, so their likelihoods together claim too much.
_CAUTION = 0.7
# What the thread's language and the locale are worth, in nats, among languages of one script.
_THREAD, _HINT = 3.0, 1.5
# What is likely before a word is read, in nats. Most Chinese is Simplified; Chinese without a mark
# of Cantonese is not Cantonese; Japanese is seldom written without kana.
_PRIOR = {"zh-Hans": -0.5, "zh-Hant": -0.9, "yue": -2.4, "ja": -0.05, "en": 0.4, "id": 0.2}
# A text is nobody's language when it fits the languages that we don't know so much better.
_NOBODYS = 0.9


def scores_of(text: str, script: str) -> tuple[tuple[str, ...], Scores]:
    """Log-likelihood of `text` in each column of the model of `script`, up to a constant.

    Args:
        text: What was written.
        script: ``Latn``, ``Cyrl``, ``Arab`` or ``Hani``.
    """
    if script == "Hani":
        return han_model().columns, han_model().scores(text)
    if script == "Arab":
        text = _ARABIC_MARKS.sub("", text)
    model = word_model(_MODELS[script])
    words = (match.group() for match in _WORDS[script].finditer(text))
    return model.columns, model.scores(islice(words, _ENOUGH))


def decide(
    columns: tuple[str, ...], scores: Scores, thread: str | None, hint: str | None
) -> tuple[str, float]:
    """The likeliest of the languages that are ours and its probability, or ``und`` with 0.

    Args:
        columns: Names of the columns; those of languages that are not ours begin with ``-``.
        scores: What `scores_of` said of them.
        thread: Tag of the conversation so far.
        hint: Tag of the user's locale.
    """
    prior = _prior(columns, thread, hint)
    likely = np.exp((scores - scores.max()) * _CAUTION + prior).tolist()
    whole = sum(likely)
    own = _own(columns)
    if sum([likely[column] for column in own]) < (1 - _NOBODYS) * whole:
        return UNDETERMINED, 0.0
    if "ja" in columns:  # Japanese or Chinese first, then which Chinese
        japanese = columns.index("ja")
        chinese = tuple(column for column in own if column != japanese)
        own = (japanese,) if likely[japanese] > whole / 2 else chinese
    best = max(own, key=likely.__getitem__)
    return columns[best], likely[best] / whole


@lru_cache(maxsize=1024)
def _prior(columns: tuple[str, ...], thread: str | None, hint: str | None) -> Scores:
    """What the context says of each column before a word is read, in nats."""
    context = {hint: _HINT, thread: _THREAD}
    return np.array([_PRIOR.get(tag, 0.0) + context.get(tag, 0.0) for tag in columns], np.float32)


@lru_cache(maxsize=8)
def _own(columns: tuple[str, ...]) -> tuple[int, ...]:
    """The columns of languages that are ours."""
    return tuple(place for place, tag in enumerate(columns) if tag[0] != "-")
