"""Which language a text is in: its script first, then the words."""

from __future__ import annotations

import re

from dragoman.languages.detection import FAMILIES, UNDETERMINED, Detection

_SCRIPTS = {
    "Kana": re.compile(r"[\u3041-\u30ff\u31f0-\u31ff\uff66-\uff9d]"),
    "Hang": re.compile(r"[\u1100-\u11ff\u3130-\u318f\uac00-\ud7af]"),
    "Hani": re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"),
    "Arab": re.compile(r"[\u0620-\u065f\u066e-\u06d3\u06d5-\u06ef\u06fa-\u06ff]"),
    "Cyrl": re.compile(r"[\u0400-\u052f]"),
    "Thai": re.compile(r"[\u0e01-\u0e4e]"),
    "Deva": re.compile(r"[\u0900-\u0965\u0970-\u097f]"),
    "Latn": re.compile(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff]"),
}

_WORDS = {
    "en": "the of and to in is that it was for on are with as at be this have from or by not what "
    "how can my you your do does i me please where when which",
    "fr": "le la les de des du et un une est que qui dans pour pas sur avec au je vous nous mon "
    "ma comment quel quelle où ce sont il elle",
    "de": "der die das und ist in den von zu mit sich auf für nicht ein eine ich sie wie kann wo "
    "mein meine bitte was dem des wird",
    "es": "el la los las de y en que un una es por con para no se del cómo qué mi dónde cuál está "
    "lo su puedo",
    "pt": "o a os as de e em que um uma é por com para não se do da no na como meu minha onde "
    "qual está ao posso você",
    "it": "il lo la gli di e in che un una è per con non si del della come mio mia dove quale sono "
    "posso i le nel",
    "nl": "de het een en van in is dat op te voor met niet zijn ik hoe mijn waar wat kan aan er je",
    "pl": "i w na z się nie do to jest że jak co czy mój moja gdzie o od po dla są",
    "tr": "ve bir bu için ile da de ne nasıl mı mi çok var değil nerede benim olarak olan",
    "vi": "và của là có không được cho trong một với tôi bạn làm thế nào ở đâu các những này",
    "id": "yang dan di ini itu dengan untuk dari tidak bisa saya bagaimana apa adalah pada akan "
    "anda berapa karena",
    "ms": "yang dan di ini itu dengan untuk dari tidak boleh saya bagaimana apakah ialah pada akan "
    "anda berapakah kerana",
}
_CUES = {tag: frozenset(words.split()) for tag, words in _WORDS.items()}
_LETTERS = {
    "fr": "çèêëàùœ",
    "de": "äöüß",
    "es": "ñ¿¡áéíóú",
    "pt": "ãõçâê",
    "it": "èòàì",
    "pl": "ąćęłńśźż",
    "tr": "ğışçöü",
    "vi": "ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ",
}
_YUE = re.compile("[嘅咗喺哋嚟冇啲嗰咁佢唔]")
_HANT = re.compile("[們這個為國時會對說來後經發現長問間學實應關開點體電話請費機車買賣單數萬與]")
_HANS = re.compile("[们这个为国时会对说来后经发现长问间学实应关开点体电话请费机车买卖单数万与]")
_FARSI = re.compile("[پچژگکی]")
_URDU = re.compile("[ٹڈڑںھہے]")


def detect(text: str, *, thread: str | None = None, hint: str | None = None) -> Detection:  # noqa: PLR0911
    """Tell which language `text` is in.

    Args:
        text: What somebody wrote.
        thread: Tag of the conversation so far; it stays when the text says nothing of its own.
        hint: Tag of the user's locale, used when there is no thread yet.
    """
    counts = {script: len(pattern.findall(text)) for script, pattern in _SCRIPTS.items()}
    counts["Latn"] //= 3  # an ideograph says as much as three Latin letters
    script = max(counts, key=lambda name: counts[name])
    if not counts[script]:
        return _known(thread or hint or UNDETERMINED, "Zyyy", 0.0)
    if counts["Kana"] and script in {"Hani", "Kana"}:
        return _known("ja", "Jpan", 0.99)
    if script == "Hani":
        return _han(text, thread, hint)
    if script == "Arab":
        tag = "ur" if _URDU.search(text) else "fa" if _FARSI.search(text) else "ar"
        return _known(tag, script, 0.9)
    if script == "Cyrl":
        return _known("uk" if re.search("[іїєґІЇЄҐ]", text) else "ru", script, 0.9)
    if script == "Latn":
        return _latin(text, thread, hint)
    return _known({"Hang": "ko", "Thai": "th", "Deva": "hi", "Kana": "ja"}[script], script, 0.99)


def _han(text: str, thread: str | None, hint: str | None) -> Detection:
    hant, hans = len(_HANT.findall(text)), len(_HANS.findall(text))
    if _YUE.search(text):
        return _known("yue", "Hant", 0.9)
    if hant == hans and (thread or hint) in {"ja", "zh-Hans", "zh-Hant", "yue"}:
        return _known(str(thread or hint), "Hani", 0.5)
    return _known("zh-Hant", "Hant", 0.8) if hant > hans else _known("zh-Hans", "Hans", 0.8)


def _latin(text: str, thread: str | None, hint: str | None) -> Detection:
    lowered = text.lower()
    words = re.findall(r"[^\W\d_]+", lowered)
    scores = {
        tag: sum(word in cues for word in words)
        + 0.5 * sum(letter in lowered for letter in _LETTERS.get(tag, ""))
        for tag, cues in _CUES.items()
    }
    best = max(scores, key=lambda tag: scores[tag])
    if not scores[best]:
        return _known(thread or hint or "en", "Latn", 0.2)
    return _known(best, "Latn", scores[best] / sum(scores.values()))


def _known(tag: str, script: str, confidence: float) -> Detection:
    family = FAMILIES.get(tag, "other")
    return Detection(tag=tag, script=script, family=family, confidence=confidence)
