"""Turns the bytes of a text file into text, whatever East Asia or the Arab world saved it in."""

from __future__ import annotations

import codecs
import re
import unicodedata
from dataclasses import dataclass

from dragoman.errors import DocumentError
from dragoman.languages import detect
from dragoman.memory.everyday import east_asian_encoding

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED = re.compile(
    rb"""<(?:meta|\?xml)[^>]*?(?:charset|encoding)\s*=\s*["']?([\w.:-]+)""", re.IGNORECASE
)
# charset-normalizer's own list has 90 of them; the rare ones are mostly false alarms.
_CANDIDATES = [
    "cp932", "euc_jp", "iso2022_jp", "cp949", "gb18030", "big5", "cp1256", "cp1251", "koi8_r",
    "cp1252", "cp1250", "cp1254", "cp1258", "cp874", "iso8859_2", "iso8859_6", "utf_16",
]  # fmt: skip
_LATIN = {
    "cp1252": frozenset({"en", "fr", "de", "es", "pt", "it", "nl", "id", "ms"}),
    "cp1250": frozenset({"pl"}),
    "cp1254": frozenset({"tr"}),
    "cp1258": frozenset({"vi"}),
}
_SUPERSETS = {
    "shift_jis": "cp932", "gb2312": "gb18030", "gbk": "gb18030", "euc_kr": "cp949",
    "iso8859-1": "cp1252", "iso8859-9": "cp1254", "tis-620": "cp874", "big5": "big5hkscs",
}  # fmt: skip
"""What names of encodings mean in practice, on the web and in mail: their supersets."""

_SAMPLE = 64_000
_SURE = 0.5
_SIGNS = " \n,.、。，،0123456789"


@dataclass(frozen=True, kw_only=True, slots=True)
class Decoded:
    """A text and how it was encoded."""

    text: str
    """The text, with line ends as ``\\n``."""

    encoding: str
    """Python's name of the encoding."""

    notes: tuple[str, ...] = ()
    """What a person should know, such as bytes that could not be read."""


def decode(data: bytes) -> Decoded:
    """Decode `data`: by its byte order mark, as UTF-8, by its declaration, else by statistics.

    A text that is UTF-8 except for a few broken bytes is read as UTF-8, the broken bytes become
    U+FFFD, and a note says how many.

    Raises:
        DocumentError: it is not text, or in no encoding that we know.
    """
    for mark, name in _BOMS:
        if data.startswith(mark):
            return _decoded(data, name)
    if b"\x1b$B" in data and not any(byte > 0x7F for byte in data[:_SAMPLE]):
        return _decoded(data, "iso2022_jp_2")
    if b"\0" in data[:_SAMPLE]:
        name = _utf16(data)
        if name:
            return _decoded(data, name)
        raise DocumentError("It is binary data, not text.", cure="Save it as UTF-8 text.")
    try:
        return _decoded(data, "utf-8")
    except DocumentError:
        pass
    return _declared(data) or _mostly_utf8(data) or _guessed(data)


def _declared(data: bytes) -> Decoded | None:
    match = _DECLARED.search(data[:4096])
    if match is None:
        return None
    return decode_as(data, match[1].decode("ascii"))


def decode_as(data: bytes, declared: str) -> Decoded | None:
    """Decode `data` as it says it is; None when it is not, which is common."""
    try:
        name = codecs.lookup(declared.lower().removeprefix("x-").replace("sjis", "shift_jis")).name
        return _decoded(data, _SUPERSETS.get(name, name))
    except (LookupError, ValueError, DocumentError):
        return None


def _utf16(data: bytes) -> str:
    """The byte order of a UTF-16 text without a mark; empty when it is no such text."""
    sound = {}
    for name in ("utf-16-le", "utf-16-be"):
        try:
            text = data[:_SAMPLE].decode(name)
        except UnicodeDecodeError:
            continue
        # In the wrong order spaces become signs of nowhere, and letters those of everywhere.
        odd = any(
            unicodedata.category(character) in {"Cc", "Cn", "Co"} and character not in "\t\n\r"
            for character in text
        )
        if not odd and detect(text).confidence >= _SURE:
            sound[name] = sum(text.count(sign) for sign in _SIGNS)
    return max(sound, key=lambda name: sound[name], default="")


def _mostly_utf8(data: bytes) -> Decoded | None:
    text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    whole = sum(1 for character in text if character > "\x7f") - broken
    if whole < 2 * broken:
        return None
    note = f"{broken} broken bytes or characters were replaced by U+FFFD"
    return Decoded(text=_lines(text), encoding="utf-8", notes=(note,))


def _guessed(data: bytes) -> Decoded:
    name = east_asian_encoding(_whole(data[:_SAMPLE]))
    if name:
        try:
            decoded = _decoded(data, name)
        except DocumentError:
            pass  # a rare character later on: the statistics may know better
        else:
            return Decoded(text=decoded.text, encoding=name, notes=(f"read as {name}",))
    import charset_normalizer  # noqa: PLC0415 - only the rare file that is not UTF-8 needs it

    best = charset_normalizer.from_bytes(data[:_SAMPLE], cp_isolation=_CANDIDATES).best()
    name = best.encoding if best is not None else ""
    if not name or name in _LATIN:
        name = _latin(data[:_SAMPLE]) or name
    if not name:
        raise DocumentError(
            "Its encoding is none that we know.", cure="Save it as UTF-8 and ingest it again."
        )
    decoded = _decoded(data, name)
    return Decoded(text=decoded.text, encoding=name, notes=(f"read as {name}",))


def _whole(sample: bytes) -> bytes:
    """`sample` up to its last line end, so that no character is cut in two."""
    return sample if len(sample) < _SAMPLE else sample[: sample.rfind(b"\n") + 1]


def _latin(sample: bytes) -> str:
    """The Latin encoding under which `sample` is best in one of the languages written in it.

    charset-normalizer confuses these: all of them read each other's bytes as letters.
    """
    found: list[tuple[float, str]] = []
    for name, tags in _LATIN.items():
        # Windows-1258 writes Vietnamese tones as letters of their own.
        text = unicodedata.normalize("NFC", sample.decode(name, "replace"))
        detection = detect(text)
        if detection.tag in tags and "\ufffd" not in text:
            found.append((detection.confidence, name))
    return max(found, key=lambda pair: pair[0])[1] if found else ""


def _decoded(data: bytes, encoding: str) -> Decoded:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise DocumentError(
            f"It is not valid {encoding}: byte {error.start} cannot be read.",
            cure="Save it as UTF-8 and ingest it again.",
        ) from error
    return Decoded(text=_lines(text), encoding=encoding)


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
