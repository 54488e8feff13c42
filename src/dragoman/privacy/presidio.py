"""Presidio beside our own rules: ours offered as its recognizers, its findings taken in as ours.

Needs the extra ``presidio``. Nothing is downloaded here: which language models Presidio works with
stands in its own configuration file, and they are installed beforehand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dragoman.errors import ConfigurationError
from dragoman.languages import detect
from dragoman.privacy.find import Found, find
from dragoman.privacy.rules import RULES

if TYPE_CHECKING:
    from presidio_analyzer import AnalyzerEngine, EntityRecognizer

_THEIR_NAMES = {"card": "CREDIT_CARD", "email": "EMAIL_ADDRESS"}
_OUR_KINDS = {
    "CREDIT_CARD": "card",
    "EMAIL_ADDRESS": "email",
    "PERSON": "person",
    "PHONE_NUMBER": "phone",
    "LOCATION": "place",
    "ADDRESS": "place",
    "NRP": "other",
    "IBAN_CODE": "account",
    "US_BANK_NUMBER": "account",
    "CRYPTO": "account",
}
_NO_PERSONAL_DATA = frozenset({"DATE_TIME", "URL", "ORGANIZATION"})
"""Entities that Presidio finds by default and that name nobody: a masked date helps no answer."""

_SURE = 0.5
"""Score from which a finding of Presidio counts: its weakest patterns, 0.05 to 0.4, are any row of
digits."""

_CONFIRMED, _LIKELY = 1.0, 0.7
"""Scores that we give: where a check digit agrees, and where the form alone does."""

_CHECKED = {(rule.kind, rule.country) for rule in RULES if rule.check is not None}


def recognizers(languages: Sequence[str] = ("en",)) -> list[EntityRecognizer]:
    """Our rules as Presidio recognizers, one for each of Presidio's language codes.

    Entities are named ``JP_ID``, ``CN_PHONE`` and so on by country, cards and addresses as Presidio
    names them.

    Usage:
        for recognizer in recognizers(["en", "ja"]):
            analyzer.registry.add_recognizer(recognizer)

    Raises:
        ConfigurationError: Presidio is not installed.
    """
    presidio = _presidio()

    class DragomanRecognizer(presidio.EntityRecognizer):  # type: ignore[misc,name-defined]  # loaded late
        """Personal data by the rules of each country."""

        def load(self) -> None:
            """Nothing has to be loaded."""

        def analyze(self, text: str, entities: list[str], nlp_artifacts: Any = None) -> list[Any]:  # noqa: ARG002 - Presidio's interface
            """What our rules find, of those entities."""
            return [
                presidio.RecognizerResult(
                    entity_type=_their_name(found),
                    start=found.start,
                    end=found.end,
                    score=_CONFIRMED if (found.kind, found.country) in _CHECKED else _LIKELY,
                )
                for found in find(text)
                if not entities or _their_name(found) in entities
            ]

    names = sorted({_entity(rule.kind, rule.country) for rule in RULES})
    return [
        DragomanRecognizer(
            supported_entities=names, name="DragomanRecognizer", supported_language=language
        )
        for language in languages
    ]


class PresidioFind:
    """Our findings, and those of a Presidio analyzer that are not over one of them.

    Usage:
        finding = PresidioFind(AnalyzerEngine())
        mask(text, find=finding)
    """

    def __init__(self, analyzer: AnalyzerEngine | Callable[[], AnalyzerEngine]) -> None:
        """Use an analyzer, or what makes one when it is first needed."""
        self._analyzer = analyzer

    @classmethod
    def configured(cls, path: Path) -> PresidioFind:
        """With the analyzer of a Presidio configuration file (YAML).

        Raises:
            ConfigurationError: Presidio is not installed, or there is no such file.
        """
        _presidio()
        if not path.is_file():  # Presidio would take its defaults, and download a model for them
            raise ConfigurationError(
                f"There is no Presidio configuration at {path}.",
                cure="Name its analyzer's configuration file (YAML) in privacy.presidio.",
            )
        return cls(lambda: _configured(path))

    @cached_property
    def analyzer(self) -> AnalyzerEngine:
        """The analyzer, made when it is first needed."""
        return self._analyzer() if callable(self._analyzer) else self._analyzer

    def __call__(self, text: str) -> list[Found]:
        """What is found in `text`, in its order, none over another."""
        ours = find(text)
        taken = bytearray(len(text))
        for one in ours:
            taken[one.start : one.end] = b"\1" * (one.end - one.start)
        theirs = []
        for result in sorted(self._analyzed(text), key=lambda each: (-each.score, each.start)):
            if any(taken[result.start : result.end]):
                continue
            taken[result.start : result.end] = b"\1" * (result.end - result.start)
            theirs.append(
                Found(
                    kind=_OUR_KINDS.get(result.entity_type, "other"),
                    country="",
                    start=result.start,
                    end=result.end,
                    text=text[result.start : result.end],
                )
            )
        return sorted([*ours, *theirs], key=lambda one: one.start)

    def _analyzed(self, text: str) -> list[Any]:
        known = self.analyzer.supported_languages
        tag = detect(text[:2000]).tag
        language = next((each for each in (tag, tag.split("-")[0]) if each in known), known[0])
        found = self.analyzer.analyze(text=text, language=language, score_threshold=_SURE)
        return [each for each in found if each.entity_type not in _NO_PERSONAL_DATA]


def _configured(path: Path) -> AnalyzerEngine:
    from presidio_analyzer import AnalyzerEngineProvider  # noqa: PLC0415 - heavy, an extra

    try:
        return AnalyzerEngineProvider(analyzer_engine_conf_file=path).create_engine()
    except Exception as error:
        raise ConfigurationError(
            f"Presidio cannot work with {path}: {error}",
            cure="Install the models that it names, or correct it.",
        ) from error


def _presidio() -> Any:
    try:
        import presidio_analyzer  # noqa: PLC0415 - heavy, an extra
    except ImportError:
        raise ConfigurationError(
            "Presidio is not installed.", cure="pip install 'dragoman[presidio]'"
        ) from None
    return presidio_analyzer


def _their_name(found: Found) -> str:
    return _entity(found.kind, found.country)


def _entity(kind: str, country: str) -> str:
    return _THEIR_NAMES.get(kind) or f"{country}_{kind.upper()}"
