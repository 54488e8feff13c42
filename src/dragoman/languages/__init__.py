"""Who speaks, and how to treat their language.

Importing this room is cheap: data files are read when a function first needs them.
"""

from dragoman.languages import consistency
from dragoman.languages.consistency import StreamGuard, Verdict
from dragoman.languages.detect import detect
from dragoman.languages.detection import FAMILIES, UNDETERMINED, Detection, Family, Span
from dragoman.languages.detector import Detector, WrappedDetector
from dragoman.languages.figures import figures
from dragoman.languages.formats import (
    format_compact,
    format_compact_currency,
    format_currency,
    format_date,
    format_number,
    format_time,
    isolate_latin,
)
from dragoman.languages.localize import localize
from dragoman.languages.profiles import (
    LanguageProfile,
    Replies,
    joins_words,
    profile,
    profiles,
    readable,
    resolve_tag,
)
from dragoman.languages.quantities import Quantity, parse_number, parse_quantity
from dragoman.languages.requested import Formats, requested_formats
from dragoman.languages.steady import ThreadLanguage, steady
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
from dragoman.languages.text.bidi import isolate, without_isolates

__all__ = [
    "FAMILIES",
    "UNDETERMINED",
    "CleanText",
    "Detection",
    "Detector",
    "Family",
    "Finding",
    "Formats",
    "LanguageProfile",
    "Quantity",
    "Replies",
    "Segment",
    "Span",
    "StreamGuard",
    "ThreadLanguage",
    "Verdict",
    "WrappedDetector",
    "analyze",
    "clean",
    "consistency",
    "detect",
    "estimate_tokens",
    "figures",
    "format_compact",
    "format_compact_currency",
    "format_currency",
    "format_date",
    "format_number",
    "format_time",
    "isolate",
    "isolate_latin",
    "joins_words",
    "localize",
    "normalize",
    "parse_number",
    "parse_quantity",
    "profile",
    "profiles",
    "readable",
    "requested_formats",
    "resolve_tag",
    "sentences",
    "steady",
    "without_isolates",
]
