"""What a language detector is, so that another can take the place of ours.

`WrappedDetector` turns any function that names a language into one, with our handling of scripts,
threads and text that is nobody's language around it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable

from dragoman.languages.context import in_context, tag_of
from dragoman.languages.detection import FAMILIES, UNDETERMINED, Detection
from dragoman.languages.text.masking import silence
from dragoman.languages.weighing import main_script


@runtime_checkable
class Detector(Protocol):
    """Anything that tells the language of a text; `dragoman.languages.detect` is the default one.

    A detector is a pure function: the same arguments give the same answer, from any thread.
    """

    def __call__(
        self, text: str, *, thread: str | None = None, hint: str | None = None
    ) -> Detection:
        """Tell which language `text` is in.

        Args:
            text: What somebody wrote.
            thread: Tag of the conversation so far.
            hint: Locale of the user.

        Returns:
            A detection whose tag is one of `FAMILIES`, or ``und`` with confidence 0.
        """
        ...


class WrappedDetector:
    """A detector made from a function of another library.

    Usage:
        import py3langid
        detector = WrappedDetector(lambda text: py3langid.classify(text)[0], confidence=0.8)
        detector("Wo ist meine Bestellung?").tag  # "de"
    """

    def __init__(self, identify: Callable[[str], str | None], *, confidence: float = 0.8) -> None:
        """Wrap `identify`.

        Args:
            identify: Gives the tag of a text in any spelling (``zh_TW``, ``pt-BR``), or None.
            confidence: How sure to be of what it says about a text that is long enough.
        """
        self._identify = identify
        self._confidence = confidence

    def __call__(
        self, text: str, *, thread: str | None = None, hint: str | None = None
    ) -> Detection:
        """Tell which language `text` is in; see `Detector`."""
        content = silence(text)
        script, evidence = main_script(content)
        found = self._identify(content) if script else None
        tag = tag_of(found) or UNDETERMINED
        confidence = self._confidence if tag in FAMILIES else 0.0
        return in_context(
            tag,
            confidence,
            script=script,
            evidence=evidence,
            thread=tag_of(thread),
            hint=tag_of(hint),
        )
