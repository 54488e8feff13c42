"""Text made clean, searchable, segmented and counted."""

from dragoman.languages.text.analyze import analyze
from dragoman.languages.text.clean import CleanText, Finding, clean
from dragoman.languages.text.normalize import normalize
from dragoman.languages.text.segment import Segment, sentences
from dragoman.languages.text.template_tokens import without_template_tokens
from dragoman.languages.text.tokens import estimate_tokens

__all__ = [
    "CleanText",
    "Finding",
    "Segment",
    "analyze",
    "clean",
    "estimate_tokens",
    "normalize",
    "sentences",
    "without_template_tokens",
]
