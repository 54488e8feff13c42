"""The sample store that comes with Dragoman: documents in seven languages, and eight questions."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path


@dataclass(frozen=True, kw_only=True, slots=True)
class SampleQuestion:
    """A question of the demo, and what a right answer holds."""

    tag: str
    """BCP-47 tag of the question."""

    text: str
    """The question."""

    document: str
    """File name of the only document that holds the answer."""

    figures: tuple[str, ...]
    """Ways to write the figure that a right answer holds; one of them is enough."""

    def cited_in(self, sources: Iterable[str]) -> bool:
        """Whether one of the cited sources is the document with the answer."""
        return any(Path(source).name == self.document for source in sources)

    def figure_in(self, answer: str) -> bool:
        """Whether the answer holds the figure, in whatever digits and with any separators."""
        text = plain_digits(answer)
        return any(re.search(rf"(?<!\d){re.escape(figure)}(?!\d)", text) for figure in self.figures)


def store_folder() -> Path:
    """The folder with the sample documents, as it lies in the installed package."""
    return Path(str(files("dragoman.serving"))) / "sample" / "store"


def sample_questions() -> tuple[SampleQuestion, ...]:
    """The eight questions of the demo."""
    import yaml

    path = Path(str(files("dragoman.serving"))) / "sample" / "questions.yaml"
    entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    return tuple(
        SampleQuestion(**{**entry, "figures": tuple(entry["figures"])}) for entry in entries
    )


def plain_digits(text: str) -> str:
    """The text with full-width and Arabic digits as ASCII ones and no thousands separators."""
    shown = "".join(
        str(unicodedata.digit(character)) if character.isdigit() else character
        for character in unicodedata.normalize("NFKC", text)
    )
    return re.sub(r"(?<=\d)[,.٬\u00a0\u202f ](?=\d{3}(?!\d))", "", shown)
