"""Builds the data files of the language detector from published word lists.

Run it in its own environment, it needs about 4 GB of memory and ten minutes:

    pip install numpy "wordfreq==3.1.1" "langidentify-full-model==1.0.0" "cjclassifier==1.0.5" \
        "pycantonese==5.0.0" "opencc==1.4.2" "pypinyin==0.55.0" "sudachipy==0.7.0" \
        "sudachidict-small"
    python benchmarks/train_language_id.py --out src/dragoman/languages/data

The sources and their licenses are in NOTICE. No text of any evaluation set is read. The method is
in docs/languages.md, section "Detection".
"""

from __future__ import annotations

import argparse
import collections
import functools
import gzip
import importlib.resources
import json
import math
import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

Table = dict[str, float]

LATIN = "en fr de es pt it nl pl tr vi id ms"
COLUMNS: dict[str, dict[str, list[str]]] = {
    "latin": {
        **{tag: [tag] for tag in LATIN.split()},
        # What is none of ours. A text that fits these better gets little confidence.
        "-nordic": ["da", "sv", "nb", "is"],
        "-slavic": ["cs", "sk", "sl", "sh"],
        "-romance": ["ca", "ro", "la"],
        "-uralic": ["fi", "hu", "et", "lt", "lv"],
        "-far": ["fil", "sw", "so", "af", "eu", "sq", "cy", "ga"],
        "-romanized": ["romaji", "pinyin", "hinglish", "arabizi"],
    },
    "cyrillic": {"ru": ["ru"], "uk": ["uk"], "-slavic": ["bg", "mk", "sr", "be"], "-far": ["mn"]},
    "arabic": {"ar": ["ar"], "fa": ["fa"], "ur": ["ur"], "-far": ["ps"]},
}
LETTERS = {
    "latin": re.compile("[a-zà-öø-ÿ\u0100-\u024f\u1e00-\u1eff\u0300-\u036f]+"),
    "cyrillic": re.compile("[\u0400-\u052f]+(?:['’ʼ][\u0400-\u052f]+)*"),
    "arabic": re.compile("[\u0620-\u065f\u066e-\u06d3\u06d5-\u06ef\u06fa-\u06ff\u200c]+"),
}
ORDER = 5  # longest n-gram of characters
SMOOTHING = 60.0  # Witten-Bell discount, in the tempered counts below
TEMPER = 0.5  # a word counts as the root of its frequency, between tokens and types
SURE = 0.95  # share of a word's probability that comes from the list, the rest from its letters
GUESS = 0.6  # how far letters alone are trusted, found on held-out words
FOREIGN = 0.001  # chance that a word is a loan or an error: bounds what one word can say
STEPS = 32  # a stored byte is the distance to the likeliest language, in nats / STEPS
VOCABULARY = 60_000
VOCABULARY_FOREIGN = 4_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for the data files")
    parser.add_argument("--only", help="one of latin, cyrillic, arabic, han")
    arguments = parser.parse_args()
    for script in COLUMNS:
        if arguments.only in (None, script):
            build_script(script, arguments.out)
    if arguments.only in (None, "han"):
        build_han(arguments.out)


# --- Words ---------------------------------------------------------------------------------------


def build_script(script: str, out: Path) -> None:
    columns = COLUMNS[script]
    tables = {name: column(script, name, tags) for name, tags in columns.items()}
    models = {name: Letters(table) for name, table in tables.items()}
    names = list(columns)
    grams, gram_rows = letter_rows(models)
    guesser = Guesser(grams, gram_rows)
    candidates = sorted({word for table in tables.values() for word in table})
    words, rows = [], []
    for word in candidates:
        listed = np.array([tables[name].get(word, 0.0) for name in names])
        spelled = np.array([max(-100.0, models[name].word(word)) for name in names])
        row = np.log(SURE * listed + (1 - SURE) * np.exp(spelled))
        row = np.log(np.exp(row - row.max()) + FOREIGN)
        guess = guesser.word(word)
        floor = math.log(FOREIGN) / 2
        known = np.maximum(row - row.max(), floor) - np.maximum(guess, floor)
        turned = row.max() - row[guess.argmax()]
        if np.abs(known).max() > 1.5 or turned > 0.3:
            words.append(word)
            rows.append(row - row.max())
    print(script, len(candidates), "words,", len(words), "kept,", len(grams), "n-grams")
    write(out / f"{script}.npz", names, words, np.array(rows), grams, gram_rows)


def column(script: str, name: str, tags: list[str]) -> Table:
    size = VOCABULARY_FOREIGN if name.startswith("-") else VOCABULARY
    merged: Table = {}
    for tag in tags:
        table = frequencies(tag, script)
        for word in sorted(table, key=lambda word: -table[word])[:size]:
            merged[word] = max(merged.get(word, 0.0), table[word])
    return merged


def frequencies(tag: str, script: str) -> Table:
    """Words of `tag` with their share of running text, the mean of all lists that know it."""
    sources = [source for source in (generated(tag), wordfreq(tag), wikipedia(tag)) if source]
    total: Table = {}
    for source in sources:
        part: Table = {}
        for entry, share in source.items():
            for word in LETTERS[script].findall(normal(entry, script)):
                part[word] = part.get(word, 0.0) + share
        mass = sum(part.values())
        for word, share in part.items():
            total[word] = total.get(word, 0.0) + share / mass / len(sources)
    return total


def normal(text: str, script: str) -> str:
    text = unicodedata.normalize("NFC", text.replace("İ", "i").lower())
    return re.sub("[\u064b-\u0652\u0640\u0670]", "", text) if script == "arabic" else text


def wordfreq(tag: str) -> Table:
    import wordfreq as package

    if tag not in package.available_languages():  # it would give the nearest language instead
        return {}
    return dict(package.get_frequency_dict(tag, "best"))


def wikipedia(tag: str) -> Table:
    name = f"topwords-{ {'nb': 'no', 'fil': 'tl', 'sh': 'hr'}.get(tag, tag) }.txt.gz"
    source = importlib.resources.files("langidentify_full_model") / "data" / name
    if not source.is_file():
        return {}
    table: Table = {}
    for line in gzip.decompress(source.read_bytes()).decode().splitlines()[1:]:
        word, score = line.rsplit(" ", 1)
        table[word] = math.exp(float(score))
    return table


class Letters:
    """Probability of a word from its letters: an interpolated Witten-Bell model of n-grams."""

    def __init__(self, table: Table) -> None:
        self.counts: dict[str, float] = collections.defaultdict(float)
        self.totals: dict[str, float] = collections.defaultdict(float)
        self.kinds: dict[str, int] = collections.defaultdict(int)
        for word, share in table.items():
            weight = (share * 1e8) ** TEMPER
            for gram in grams_of(word):
                self.counts[gram] += weight
        for gram, weight in self.counts.items():
            self.totals[gram[:-1]] += weight
            self.kinds[gram[:-1]] += 1
        self.next = functools.cache(self._next)

    def _next(self, gram: str) -> float:
        if not gram:
            return 1 / 200
        lower = self.next(gram[1:])
        total = self.totals.get(gram[:-1], 0.0)
        if not total:
            return lower
        discount = self.kinds[gram[:-1]] * SMOOTHING
        return (self.counts.get(gram, 0.0) + discount * lower) / (total + discount)

    def word(self, word: str) -> float:
        framed = f"^{word}$"
        return sum(
            math.log(self.next(framed[max(0, end - ORDER) : end]))
            for end in range(2, len(framed) + 1)
        )


def grams_of(word: str) -> Iterator[str]:
    framed = f"^{word}$"
    for end in range(2, len(framed) + 1):
        for start in range(max(0, end - ORDER), end):
            yield framed[start:end]


def letter_rows(models: dict[str, Letters]) -> tuple[list[str], np.ndarray]:
    """The n-grams worth keeping and, for each, the log-probability of its last letter."""
    strength: dict[str, float] = collections.defaultdict(float)
    for model in models.values():
        for gram, weight in model.counts.items():
            strength[gram] = max(strength[gram], weight)
    kept, rows = [], []
    seen: dict[str, np.ndarray] = {}
    for gram in sorted(strength, key=lambda gram: (len(gram), gram)):
        if strength[gram] < (0, 0, 20, 200, 1500, 4000)[len(gram)]:
            continue
        row = np.log(np.array([model.next(gram) for model in models.values()]))
        row -= row.max()
        shorter = next((seen[gram[i:]] for i in range(1, len(gram)) if gram[i:] in seen), None)
        if shorter is not None and np.abs(row - shorter).max() < 0.7:
            continue
        seen[gram] = row
        kept.append(gram)
        rows.append(row)
    return kept, np.array(rows)


class Guesser:
    """What the detector will make of a word that it does not know."""

    def __init__(self, grams: list[str], rows: np.ndarray) -> None:
        self.rows = {
            gram: -dequantize(quantize(row)) for gram, row in zip(grams, rows, strict=True)
        }
        self.width = rows.shape[1]

    def word(self, word: str) -> np.ndarray:
        framed = f"^{word}$"
        total = np.zeros(self.width)
        for end in range(2, len(framed) + 1):
            for start in range(max(0, end - ORDER), end):
                if framed[start:end] in self.rows:
                    total += self.rows[framed[start:end]]
                    break
        total = GUESS * (total - total.max())
        return np.log(np.exp(total) + FOREIGN)


def quantize(rows: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(-rows * STEPS), 0, 255).astype(np.uint8)


def dequantize(rows: np.ndarray) -> np.ndarray:
    return rows.astype(np.float32) / STEPS


def write(
    path: Path,
    names: list[str],
    words: list[str],
    rows: np.ndarray,
    grams: list[str],
    gram_rows: np.ndarray,
) -> None:
    np.savez_compressed(
        path,
        columns=np.frombuffer("\n".join(names).encode(), np.uint8),
        words=np.frombuffer("\n".join(words).encode(), np.uint8),
        rows=np.asfortranarray(quantize(rows)),
        grams=np.frombuffer("\n".join(grams).encode(), np.uint8),
        gram_rows=np.asfortranarray(quantize(gram_rows)),
    )
    print(path, f"{path.stat().st_size / 1e6:.2f} MB")


# --- Languages written in Latin letters that are usually written otherwise -----------------------


def generated(tag: str) -> Table:
    makers = {"romaji": romaji, "pinyin": pinyin, "hinglish": hinglish, "arabizi": arabizi}
    return makers[tag]() if tag in makers else {}


def top(tag: str, size: int) -> Iterable[tuple[str, float]]:
    return list(wordfreq(tag).items())[:size]


def romaji() -> Table:
    from sudachipy import Dictionary

    tokenizer = Dictionary(dict="small").create()
    table: Table = {}
    for word, share in top("ja", 30_000):
        reading = "".join(part.reading_form() for part in tokenizer.tokenize(word))
        latin = kana_to_latin(reading)
        if latin.isalpha():
            table[latin] = table.get(latin, 0.0) + share
    return table


def kana_to_latin(kana: str) -> str:
    rows = {
        "": "アイウエオ", "k": "カキクケコ", "s": "サ_スセソ", "t": "タ__テト", "n": "ナニヌネノ",
        "h": "ハヒ_ヘホ", "m": "マミムメモ", "y": "ヤ_ユ_ヨ", "r": "ラリルレロ", "w": "ワ___ヲ",
        "g": "ガギグゲゴ", "z": "ザ_ズゼゾ", "d": "ダ__デド", "b": "バビブベボ", "p": "パピプペポ",
    }  # fmt: skip
    table = {"シ": "shi", "チ": "chi", "ツ": "tsu", "フ": "fu", "ジ": "ji", "ヂ": "ji"}
    table |= {"ヅ": "zu", "ン": "n", "ー": "", "ヴ": "vu"}
    for consonant, row in rows.items():
        table |= {sign: consonant + vowel for sign, vowel in zip(row, "aiueo", strict=True)}
    text = "".join(table.get(sign, sign) for sign in kana)
    text = re.sub(
        "([kgnhbpmr])i([ャュョ])", lambda m: m[1] + "y" + "auo"["ャュョ".index(m[2])], text
    )
    text = re.sub("(sh|ch|j)i([ャュョ])", lambda m: m[1] + "auo"["ャュョ".index(m[2])], text)
    text = re.sub("[auo]?([ァィゥェォ])", lambda m: "aiueo"["ァィゥェォ".index(m[1])], text)
    return re.sub("ッ(.)", r"\1\1", text)


def pinyin() -> Table:
    from pypinyin import lazy_pinyin

    table: Table = {}
    for word, share in top("zh", 30_000):
        syllables = [part for part in lazy_pinyin(word) if part.isascii() and part.isalpha()]
        for form in ["".join(syllables), *syllables]:
            if form:
                table[form] = table.get(form, 0.0) + share
    return table


def hinglish() -> Table:
    table: Table = {}
    for word, share in top("hi", 20_000):
        latin = devanagari_to_latin(word)
        if latin.isascii() and latin.isalpha():
            table[latin] = table.get(latin, 0.0) + share
    return table


CONSONANTS = "k kh g gh ch chh j jh t th d dh n t th d dh n p ph b bh m y r l v sh sh s h"
SIGNS = "a i i u u e ai o au ri"
VOWELS = "a a i i u u e ai o au ri"


def devanagari_to_latin(word: str) -> str:
    consonants = dict(
        zip(
            "कखगघचछजझटठडढणतथदधनपफबभमयरलवशषसह",
            CONSONANTS.split(),
            strict=True,
        )
    )
    signs = dict(zip("ािीुूेैोौृ", SIGNS.split(), strict=True))
    vowels = dict(zip("अआइईउऊएऐओऔऋ", VOWELS.split(), strict=True))
    out: list[str] = []
    for i, sign in enumerate(word):
        if sign in consonants:
            follows = word[i + 1 : i + 2]
            bare = not follows or follows in signs or follows == "्" or follows == "़"
            out.append(consonants[sign] + ("" if bare else "a"))
        elif sign in "ंँ":
            out.append("n")
        elif sign not in "़्":
            out.append(signs.get(sign) or vowels.get(sign) or sign)
    return "".join(out)


ARABIZI = (
    "ana enta enti inta inti ehna howa heya hiya shu sho eh leh lesh fein wein emta keef "
    "kif kifak kifik keefak izzayak ezayak ezayek aywa aiwa la2 mish mesh mosh mafi fi "
    "ma3 bas bs wallah walla inshallah insha allah mashallah alhamdulillah hamdulillah "
    "habibi habibti yalla khalas shukran afwan marhaba ahlan salam salamu alaykum alaikum "
    "sabah masa el il kteer kter awi gedan kaman kamen hala hal2 delwa2ti dilwaati bukra "
    "bokra embareh ayez ayza awez bahebak bahibak momken mumkin law samaht samahti ya "
    "akhi ukhti sadiqi badi biddi baddi areed aseer kabeer sagheer beit bayt kitab talab "
    "talabi talabat raqam wesel wasal tawseel moshkela mushkila kam bekam bikam dah dih "
    "di da el- "
)


def arabizi() -> Table:
    """Common words of Arabic chat in Latin letters, written down for this file."""
    words = ARABIZI.split()
    return dict.fromkeys(words, 1 / len(words))


# --- Text in Chinese characters only -------------------------------------------------------------

HAN = re.compile("[\u3400-\u9fff々]+")
HAN_COLUMNS = ["zh-Hans", "zh-Hant", "yue", "ja"]
BIGRAM_SHARE = 0.85
LIST_SHARE = 0.3  # of the word lists; the rest is the counts from Wikipedia


def build_han(out: Path) -> None:
    singles, pairs = wikipedia_han()
    for column_, listed in enumerate(han_words()):
        one, two = han_counts(listed)
        singles[column_] = mixed(singles[column_], one)
        pairs[column_] = mixed(pairs[column_], two)
    marks = cantonese_marks()
    chars = sorted(set().union(*singles))
    characters, char_rows = [], []
    for char in chars:
        row = np.log([singles[i].get(char, 0.0) + 1e-7 for i in range(3)])
        if row.max() > -15.5:
            characters.append(char)
            char_rows.append(han_row(row, marks.get(char, 0.0)))
    grams, gram_rows = [], []
    for gram in sorted(set().union(*pairs)):
        first, second = gram
        if max(table.get(gram, 0.0) for table in pairs) < 1e-6 and marks.get(gram, 0.0) < 2:
            continue
        row = np.empty(3)
        back = np.empty(3)
        for i in range(3):
            back[i] = singles[i].get(second, 0.0) + 1e-7
            given = pairs[i].get(gram, 0.0) / singles[i].get(first, 1e-9)
            row[i] = math.log(BIGRAM_SHARE * min(1.0, given) + (1 - BIGRAM_SHARE) * back[i])
        known = row - row.max() - (np.log(back) - np.log(back).max())
        if np.abs(known).max() > 0.3 or marks.get(gram, 0.0) != marks.get(second, 0.0):
            grams.append(gram)
            gram_rows.append(han_row(row, marks.get(gram, marks.get(second, 0.0))))
    print("han", len(characters), "characters,", len(grams), "pairs,", len(marks), "marks of yue")
    write(out / "han.npz", HAN_COLUMNS, characters, np.array(char_rows), grams, np.array(gram_rows))


def han_row(row: np.ndarray, mark: float) -> np.ndarray:
    hans, hant, ja = row
    full = np.array([hans, hant, hant + mark, ja])
    return full - full.max()


def mixed(counted: Table, listed: Table, share: float = LIST_SHARE) -> Table:
    mass = sum(counted.values()) if all(len(key) == 1 for key in counted) else 1.0
    return {
        key: (1 - share) * counted.get(key, 0.0) / mass + share * listed.get(key, 0.0)
        for key in counted.keys() | listed.keys()
    }


def wikipedia_han() -> tuple[list[Table], list[Table]]:
    source = importlib.resources.files("cjclassifier") / "cjlogprobs.gz"
    singles: list[Table] = [{}, {}, {}]
    pairs: list[Table] = [{}, {}, {}]
    for line in gzip.decompress(source.read_bytes()).decode().splitlines()[1:]:
        fields = line.split()
        if len(fields) < 4:
            continue
        target = singles if len(fields[0]) == 1 else pairs
        for i in range(3):
            if float(fields[i + 1]):
                target[i][fields[0]] = math.exp(float(fields[i + 1]))
    return singles, pairs


def han_words() -> list[Table]:
    import opencc

    hans: Table = {}
    hant: Table = {}
    converters = [opencc.OpenCC("s2t"), opencc.OpenCC("s2twp")]
    for word, share in wordfreq("zh").items():
        if HAN.fullmatch(word):
            hans[word] = hans.get(word, 0.0) + share
            for converter in converters:
                form = converter.convert(word)
                hant[form] = hant.get(form, 0.0) + share / 2
    ja = {word: share for word, share in wordfreq("ja").items() if HAN.fullmatch(word)}
    return [hans, hant, ja]


def han_counts(table: Table, temper: float = 0.6) -> tuple[Table, Table]:
    singles: Table = collections.defaultdict(float)
    pairs: Table = collections.defaultdict(float)
    for word, share in table.items():
        weight = share**temper
        for i, char in enumerate(word):
            singles[char] += weight
            if i:
                pairs[word[i - 1 : i + 1]] += weight
    mass = sum(singles.values())
    return (
        {key: value / mass for key, value in singles.items()},
        {key: value / mass for key, value in pairs.items()},
    )


# Frequent in Cantonese and rare in written Chinese, but at home in spoken Mandarin as well.
SHARED = "呢呀啦哩返隻衫仔咪誒蚊吓仲靚埋喇好講睇笑聲買幾啊"
CANTONESE_PAIRS = (
    "而家 依家 屋企 點解 點樣 鍾意 邊度 邊個 幾多 同埋 即係 跟住 有冇 真係 "
    "呢個 呢啲 呢度 呢間 呢件 好似 成日 就係 都係 係咪 嗰個 今次 入面 唔該 "
    "仲有 一齊 出嚟 睇住 靚仔 睇下 返嚟 返去 返工 "
)
MANDARIN = "的這沒嗎們她"


def cantonese_marks() -> Table:
    """Characters and pairs that show Cantonese, or Mandarin, whatever a text is about."""
    source = importlib.resources.files("pycantonese") / "data" / "ctcpc" / "sents.json"
    yue_one: Table = collections.defaultdict(float)
    yue_two: Table = collections.defaultdict(float)
    for sentence in json.loads(source.read_text(encoding="utf-8")):
        for run in HAN.findall(sentence):
            for i, char in enumerate(run):
                yue_one[char] += 1
                if i:
                    yue_two[run[i - 1 : i + 1]] += 1
    singles, pairs = wikipedia_han()
    # Subtitles and chat are in this list: what is only conversational is no mark of Cantonese.
    spoken, _ = han_counts(han_words()[1], temper=1.0)
    written = mixed(singles[1], {}, 0.0)
    mass = sum(yue_one.values())
    marks: Table = {}
    for char, count in yue_one.items():
        ratio = math.log(
            (count / mass + 1e-6) / (max(written.get(char, 0.0), spoken.get(char, 0.0)) + 1e-6)
        )
        if count / mass > 2e-4 and ratio > 2.5 and char not in SHARED:
            marks[char] = min(4.0, ratio)
    marks |= dict.fromkeys(MANDARIN, -1.5)
    # A pair that ends in such a character is a mark only as far as it is rarer elsewhere: 係 is
    # one, 關係 is not.
    mass = sum(yue_two.values())
    for pair in yue_two.keys() | pairs[1].keys():
        mark = 4.0 if pair in CANTONESE_PAIRS.split() else max(0.0, marks.get(pair[1], 0.0))
        ratio = math.log((yue_two.get(pair, 0.0) / mass + 1e-6) / (pairs[1].get(pair, 0.0) + 1e-6))
        if mark and (pair in pairs[1] or pair in CANTONESE_PAIRS.split()):
            marks[pair] = min(mark, max(0.0, ratio))
    ones = (f"{key}{value:+.1f}" for key, value in sorted(marks.items()) if len(key) == 1)
    print("marks of yue:", " ".join(ones))
    return marks


if __name__ == "__main__":
    main()
