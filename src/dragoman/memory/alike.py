"""Whether two questions ask the same thing in other spellings.

An embedder sees hardly any difference between "before" and "after", "with" and "without", 30 and
31. So two questions count as one only when they have the same numbers, ids and signs, and the same
words in the same order once inflection, spelling and words of courtesy are taken away.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

from dragoman.languages import analyze
from dragoman.languages.text.normalize import fold

_RUNS = re.compile(r"[!-~]+")
_EDGES = ".,;:!?'\"()[]{}`_"

# Words that ask for nothing themselves: courtesy, greetings, and articles. No word that can turn
# a question round belongs here, so no "not", "only" or "still".
_WORDS = {
    "en": "please kindly hello hi thanks a an the",
    "de": "bitte hallo danke der die das den dem ein eine einen",
    "fr": "merci bonjour le la les un une",
    "es": "hola gracias el la los las un una",
    "pt": "olá obrigado obrigada o a os as um uma",
    "it": "ciao grazie il lo la i gli le un una",
    "nl": "alstublieft hoi bedankt de het een",
    "pl": "proszę cześć dziękuję",
    "ru": "пожалуйста здравствуйте привет спасибо",
    "uk": "привіт дякую",
    "tr": "lütfen merhaba teşekkürler",
    "id": "tolong halo",
    "ms": "tolong helo",
}
_CJK = re.compile(
    "请问|請問|麻烦|麻煩|谢谢|謝謝|您好|你好|すみません|お願いします|教えてください|안녕하세요|감사합니다|吗|嗎|呢"
)
_THAI = re.compile("สวัสดี|ขอบคุณ|ครับ|ค่ะ|คะ")


def marks(text: str) -> Counter[str]:
    """Numbers, ids and signs of `text`, which have to be the same in both questions."""
    # Case, width and the digits of every script are unified; "und" keeps it free of language.
    folded = fold(text, "und")
    found = Counter(
        run
        for run in (match.group().strip(_EDGES).rstrip("-") for match in _RUNS.finditer(folded))
        if re.search(r"[^a-z']", run)
    )
    found.update(
        char for char in folded if ord(char) > 127 and unicodedata.category(char).startswith("S")
    )
    return found


def words(text: str, language: str) -> list[str]:
    """What is left of `text` without inflection, spelling, punctuation and courtesy."""
    courtesy = _WORDS.get(language.partition("-")[0], "").split()
    plain = _THAI.sub(" ", _CJK.sub(" ", unicodedata.normalize("NFKC", text)))
    kept = [word for word in plain.split() if word.casefold().strip(_EDGES) not in courtesy]
    return analyze(" ".join(kept), language)


def same_words(one: str, other: str, language: str) -> bool:
    """Whether both say the same words in the same order; two empty ones do not."""
    mine = words(one, language)
    return bool(mine) and mine == words(other, language)
