"""Reads the names inside a zip archive, which often are in the packer's own encoding."""

from __future__ import annotations

import re
import unicodedata
import zipfile
from collections.abc import Sequence
from pathlib import PurePosixPath

from dragoman.languages import detect
from dragoman.memory.everyday import east_asian_encoding

_UTF8_FLAG = 0x800
_WORD = re.compile(r"[^\W\d_]+")

# What Windows and DOS wrote names in elsewhere, with the languages that were written so.
_SINGLE_BYTE = {
    "cp866": frozenset({"ru", "uk"}),
    "cp1251": frozenset({"ru", "uk"}),
    "cp1256": frozenset({"ar", "fa", "ur"}),
    "cp874": frozenset({"th"}),
}


def member_names(entries: Sequence[zipfile.ZipInfo]) -> list[str]:
    """The names of `entries` with ``/`` between folders.

    Names that are not marked as UTF-8 are read together, in the one encoding under which they are
    words of a language written in it; IBM's code page 437, the standard, when there is none.
    """
    raw = [entry.filename.encode("cp437") for entry in entries if not entry.flag_bits & _UTF8_FLAG]
    encoding = _encoding([name for name in raw if not name.isascii()])
    names = []
    for entry in entries:
        if entry.flag_bits & _UTF8_FLAG:
            name = entry.filename
        else:
            name = entry.filename.encode("cp437").decode(encoding)
        names.append(unicodedata.normalize("NFC", name).replace("\\", "/"))
    return names


def _encoding(names: Sequence[bytes]) -> str:
    if not names:
        return "cp437"
    if _decodes(names, "utf-8"):
        return "utf-8"  # other bytes hardly ever happen to be UTF-8
    encoding = east_asian_encoding(b"".join(names))
    if encoding:
        return encoding
    likely = {name: _likelihood(names, name) for name in _SINGLE_BYTE if _decodes(names, name)}
    best = max(likely, key=lambda name: likely[name], default="")
    return best if best and likely[best] > 0 else "cp437"


def _decodes(names: Sequence[bytes], encoding: str) -> bool:
    try:
        b"".join(names).decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _likelihood(names: Sequence[bytes], encoding: str) -> float:
    """How much the names look like words of a language written in `encoding`, 0 to 1."""
    stems = " ".join(
        stem
        for name in names
        for stem in PurePosixPath(name.decode(encoding)).with_suffix("").parts
        if not stem.isascii()
    )
    # A wrong reading puts capitals and signs inside of words.
    words = _WORD.findall(stems)
    sound = sum(len(word) for word in words if word[1:] == word[1:].lower())
    found = detect(stems)
    wrong = found.tag not in _SINGLE_BYTE[encoding]
    return 0.0 if wrong else found.confidence * sound / len(stems)
