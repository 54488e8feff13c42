"""Tells the East Asian encodings apart by how everyday the characters are that they give.

The bytes of a text read in a wrong one of these encodings become rare characters.
"""

from __future__ import annotations

_SIGNS = frozenset(range(0xA1, 0xA4))
_EVERYDAY = {
    # Japanese without kana looks like Chinese; of two that fit as well the first is taken.
    "cp949": _SIGNS | frozenset(range(0xB0, 0xC9)),
    "cp932": frozenset([*range(0x81, 0x84), *range(0x88, 0x98)]),
    "gb18030": _SIGNS | frozenset(range(0xB0, 0xD8)),
    "euc_jp": _SIGNS | {0xA4, 0xA5} | frozenset(range(0xB0, 0xD0)),
    "big5": frozenset(range(0xA1, 0xC7)),
}
"""Lead bytes of signs, kana, Hangul and the commoner half of the ideographs."""

_LOW_SECOND = frozenset({"cp932", "big5"})
"""Encodings whose everyday characters may have any second byte; in the others a low one is rare."""

_SHARE = 0.9
_AMONG_LATIN = 0.5
"""So many for each Latin letter at least: a Polish text reads as letters with a rare ideograph."""

_KANA = {"cp932": frozenset({0x82, 0x83}), "euc_jp": frozenset({0xA4, 0xA5})}
_KANA_SHARE = 0.1


def east_asian_encoding(data: bytes) -> str:
    """The East Asian encoding in which `data` is an everyday text, empty when there is none."""
    found = {name: share for name in _EVERYDAY if (share := _everyday(data, name)) >= _SHARE}
    # Korean and Japanese are sure signs of themselves; Chinese is what the others may look like.
    for name in ("cp949", "cp932", "euc_jp"):
        if name in found and (name not in _KANA or _kana(data, name) >= _KANA_SHARE):
            return name
    return max(found, key=lambda name: found[name], default="")


def _everyday(data: bytes, encoding: str) -> float:
    """Share of everyday characters among those that are not ASCII; 0 when it cannot be read."""
    characters = _characters(data, encoding)
    lowest = 0x40 if encoding in _LOW_SECOND else 0xA1
    leads = _EVERYDAY[encoding]
    usual = sum(1 for c in characters if len(c) == 2 and c[0] in leads and c[1] >= lowest)
    # One character proves nothing: the two umlauts of a German word happen to be one.
    return usual / len(characters) if len(characters) > 1 else 0.0


def _kana(data: bytes, encoding: str) -> float:
    characters = _characters(data, encoding)
    return sum(1 for c in characters if c[0] in _KANA[encoding]) / len(characters)


def _characters(data: bytes, encoding: str) -> list[bytes]:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return []
    found = [character.encode(encoding) for character in text if character > "\x7f"]
    latin = sum(1 for character in text if character.isascii() and character.isalpha())
    return found if len(found) >= _AMONG_LATIN * latin else []
