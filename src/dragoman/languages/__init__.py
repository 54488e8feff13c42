"""Who speaks, and how to treat their language.

Importing this room is cheap: data files are read when a function first needs them.
"""

from dragoman.languages.detect import detect
from dragoman.languages.detection import FAMILIES, UNDETERMINED, Detection, Family, Span

__all__ = ["FAMILIES", "UNDETERMINED", "Detection", "Family", "Span", "detect"]
