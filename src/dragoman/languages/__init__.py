"""Who speaks, and how to treat their language.

Importing this room is cheap: data files are read when a function first needs them.
"""

from dragoman.languages import consistency
from dragoman.languages.consistency import StreamGuard, Verdict
from dragoman.languages.detect import detect
from dragoman.languages.detection import FAMILIES, UNDETERMINED, Detection, Family, Span
from dragoman.languages.profiles import LanguageProfile, Replies, profile, profiles, resolve_tag
from dragoman.languages.text import (
    CleanText,
    Finding,
    Segment,
    analyze,
    clean,
    estimate_tokens,
    normalize,
    sentences,
)

__all__ = [
    "FAMILIES",
    "UNDETERMINED",
    "CleanText",
    "Detection",
    "Family",
    "Finding",
    "LanguageProfile",
    "Replies",
    "Segment",
    "Span",
    "StreamGuard",
    "Verdict",
    "analyze",
    "clean",
    "consistency",
    "detect",
    "estimate_tokens",
    "normalize",
    "profile",
    "profiles",
    "resolve_tag",
    "sentences",
]
