"""Text folded for search, so that what people type meets what documents say.

Never shown to anybody. The folding hardly depends on the language: a short query is easily taken
for a neighbor language, and its terms must meet the document's all the same. So Arabic letters
are folded alike in Arabic, Persian and Urdu, and Han characters alike in Chinese and Japanese.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

_ARABIC_MARKS = re.compile(
    "[\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed]"
)
_ARABIC_FORMS = str.maketrans(
    {
        **dict.fromkeys("أإآٱٲٳٵ", "ا"),
        **dict.fromkeys("ىیېۍۓ", "ي"),
        **dict.fromkeys("کڪګ", "ك"),
        **dict.fromkeys("ةہۀۂۃەۿ", "ه"),
        "ؤ": "و",
        "ئ": "ي",
        "ے": "ي",
        "\u200c": "",
        "\u200d": "",
    }
)
# Devanagari: the dot below marks borrowed sounds and is often left out, as is the difference
# between the two signs of nasalization.
_DEVANAGARI = str.maketrans({"\u093c": None, "\u0901": "\u0902", "\u200c": "", "\u200d": ""})
_PUNCTUATION = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′＇`´", "'"),
        **dict.fromkeys("“”„‟″«»「」『』", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("٫", "."),
        **dict.fromkeys("٬", ","),
        "،": ",",
        "؛": ";",
        "؟": "?",
        "۔": ".",
    }
)
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufe00-\ufe0f\U000e0000-\U000e01ef]"
)
_HAS_HAN = re.compile("[\u3400-\u9fff]")
_HAS_ARABIC = re.compile("[\u0600-\u06ff]")
_HAS_DEVANAGARI = re.compile("[\u0900-\u097f]")
_HAS_FOREIGN_DIGITS = re.compile(r"(?![0-9])\d")
_HAS_MARKED_LATIN = re.compile("[\u00c0-\u024f\u1e00-\u1eff\u0300-\u036f]")
_UNDECOMPOSED = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"}
)


def normalize(text: str, tag: str) -> str:
    """Fold `text` for search.

    Unifies width (`ﾊﾞｯﾃﾘｰ`, `１２`), letter case, Traditional and Simplified characters, Arabic
    letter forms, vowel signs and tatweel, digits of every script, quotation marks and dashes,
    and takes the accents off Latin letters (except in Vietnamese, where they are the word).

    Args:
        text: Any text.
        tag: BCP-47 tag of its language; decides the letter case of Turkish and the accents.
    """
    folded = fold(text, tag)
    return folded if tag == "vi" else strip_accents(folded)


def fold(text: str, tag: str) -> str:
    """The part of `normalize` before the accents go, which stemmers still want to see."""
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    if tag == "tr":
        text = text.replace("İ", "i").replace("I", "ı")
    text = unicodedata.normalize("NFC", text.casefold()).translate(_PUNCTUATION)
    if not text.isascii():
        text = _fold_scripts(text)
    return " ".join(text.split())


def strip_accents(text: str) -> str:
    """`text` (lower case) with plain Latin letters; other scripts keep their marks."""
    if not _HAS_MARKED_LATIN.search(text):
        return text
    return _HAS_MARKED_LATIN.sub(_plain, text).translate(_UNDECOMPOSED)


def _plain(match: re.Match[str]) -> str:
    decomposed = unicodedata.normalize("NFD", match.group())
    return "".join(char for char in decomposed if not "\u0300" <= char <= "\u036f")


def _fold_scripts(text: str) -> str:
    if _HAS_FOREIGN_DIGITS.search(text):
        text = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)
    if _HAS_ARABIC.search(text):
        text = _ARABIC_MARKS.sub("", text).translate(_ARABIC_FORMS)
    if _HAS_DEVANAGARI.search(text):
        text = unicodedata.normalize("NFD", text).translate(_DEVANAGARI)
        text = unicodedata.normalize("NFC", text)
    if _HAS_HAN.search(text):
        text = text.translate(_simplified())
    return text.replace("ё", "е").replace("เเ", "แ")


@cache
def _simplified() -> dict[int, str]:
    """Traditional characters to Simplified ones, one by one.

    OpenCC itself looks at whole phrases, which would fold a character one way in a document and
    another way in a short query.
    """
    from opencc import OpenCC  # noqa: PLC0415 - 3 ms, and only where there are Han characters

    characters = [
        chr(code) for block in ((0x3400, 0x4DC0), (0x4E00, 0xA000)) for code in range(*block)
    ]
    converted = OpenCC("t2s").convert("\n".join(characters)).split("\n")
    return {ord(old): new for old, new in zip(characters, converted, strict=True) if old != new}
