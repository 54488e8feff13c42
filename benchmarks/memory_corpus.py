"""A corpus of any size from real text and real vectors, for `memory.py`.

Embedding 100,000 passages takes hours, so only the paragraphs of XQuAD in eight languages are
embedded for real. Every eighth paragraph is stored as it is, and its questions are asked. All other
passages of the corpus are made of the rest: up to two sentences each of two paragraphs of one
language, with the normalized mean of the two real vectors, turned at random by about 15 degrees, so
that no two are alike. The words are those of so few paragraphs that each of them is in far more
passages than in a real corpus of that size: harder for the lexical index, never easier.
"""

from __future__ import annotations

import hashlib
import json
import pickle
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dragoman.languages import estimate_tokens, sentences
from dragoman.memory.extracted import Extracted
from dragoman.memory.prepare import prepare
from dragoman.models import Embedder

LANGUAGES = ("en", "ar", "de", "es", "ru", "th", "vi", "zh")
TAGS = {"zh": "zh-Hans"}
ASKED_EVERY = 8
TURN = 0.27  # tangent of about 15 degrees

Vectors = npt.NDArray[np.float32]


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One passage of the corpus."""

    id: str
    """Id of its document."""

    text: str
    """Its text."""

    language: str
    """BCP-47 tag."""

    vector: Vectors
    """Its vector."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """A question with the document that answers it."""

    text: str
    """The question."""

    language: str
    """BCP-47 tag."""

    answer: str
    """Id of the document."""


class KnownVectors:
    """An embedder that knows the corpus; it embeds questions, and any other text, for real."""

    def __init__(self, real: Embedder, cache: Path | None) -> None:
        self.real = real
        self.spec, self.dimensions = real.spec, real.dimensions
        self._made: dict[str, Vectors] = {}
        self._prepared: dict[str, Vectors] = {}
        self._cache = cache
        self._kept = pickle.loads(cache.read_bytes()) if cache and cache.exists() else {}

    def learn(self, entries: list[Entry]) -> None:
        """Give these passages the vectors that they have; forget the passages before them."""
        self._made = {entry.text: entry.vector for entry in entries}

    def embed_passages(self, texts: list[str]) -> Vectors:
        """Vectors of passages."""
        return np.stack([self._passage(text) for text in texts])

    def prepare(self, questions: list[str]) -> None:
        """Embed these questions now, so that asking them costs nothing; empty for real again."""
        self._prepared = {text: self.real.embed_queries([text]) for text in questions}

    def embed_queries(self, texts: list[str]) -> Vectors:
        """Vectors of questions, for real unless they are prepared."""
        if len(texts) == 1 and texts[0] in self._prepared:
            return self._prepared[texts[0]]
        return self.real.embed_queries(texts)

    def save(self) -> None:
        """Keep what was embedded for real, in the format of `retrieval.py`."""
        if self._cache:
            self._cache.write_bytes(pickle.dumps(self._kept))

    def _passage(self, text: str) -> Vectors:
        if text in self._made:
            return self._made[text]
        key = hashlib.sha256(f"passage\0{text}".encode()).digest()
        if key not in self._kept:
            self._kept[key] = self.real.embed_passages([text])[0]
        return self._kept[key]


class Corpus:
    """Passages in `tags`, the asked ones first, then as many others as anybody wants."""

    def __init__(self, data: Path, embedder: KnownVectors, tags: tuple[str, ...]) -> None:
        self._random = np.random.default_rng(0)
        self.questions: list[Question] = []
        self._asked: list[Entry] = []
        self._parts: dict[str, list[tuple[list[str], Vectors]]] = {}
        with (data / "xquad.dev.jsonl").open(encoding="utf-8") as file:
            rows = [json.loads(line) for line in file]
        names = sorted({row["id"] for row in rows})
        asked = set(names[::ASKED_EVERY])
        for row in rows:
            if row["language"] not in tags:
                continue
            tag, id_ = TAGS.get(row["language"], row["language"]), f"{row['language']}/{row['id']}"
            for number, text in enumerate(passages(row["text"])):
                vector = embedder.embed_passages([text])[0]
                entry = Entry(id=f"{id_}/{number}", text=text, language=tag, vector=vector)
                if row["id"] in asked:
                    self._asked.append(entry)
                else:
                    pieces = [text[s.start : s.end].strip() for s in sentences(text, tag)]
                    self._parts.setdefault(tag, []).append((pieces, vector))
            if row["id"] in asked:
                self.questions += [
                    Question(text=question["text"], language=tag, answer=id_)
                    for question in row["questions"][:4]
                ]
        embedder.save()
        self._random.shuffle(self.questions)

    def entries(self) -> Iterator[Entry]:
        """The corpus, without end."""
        yield from self._asked
        tags = list(self._parts)
        number = 0
        while True:
            tag = tags[number % len(tags)]
            parts = self._parts[tag]
            first, second = self._random.choice(len(parts), 2, replace=False)
            pieces = _fitting([*self._some(parts[first][0]), *self._some(parts[second][0])])
            mean = parts[first][1] + parts[second][1]
            mean /= np.linalg.norm(mean)
            noise = self._random.standard_normal(len(mean)).astype(np.float32)
            vector = mean + TURN * noise / np.linalg.norm(noise)
            yield Entry(
                id=f"made/{number}",
                # The number keeps two equal choices apart, as ids and dates do in real files.
                text=f"{' '.join(pieces)} {number}",
                language=tag,
                vector=vector / np.linalg.norm(vector),
            )
            number += 1

    def _some(self, pieces: list[str]) -> list[str]:
        count = min(2, len(pieces))
        return [pieces[i] for i in self._random.choice(len(pieces), count, replace=False)]


def _fitting(pieces: list[str]) -> list[str]:
    """As many of `pieces` as surely stay one passage; a cut one would have to be embedded."""
    while len(pieces) > 1 and estimate_tokens(" ".join(pieces)) > 300:
        pieces = pieces[:-1]
    return pieces


def passages(text: str) -> tuple[str, ...]:
    """What the embedder reads of a text: its passages, as an ingest cuts them."""
    return prepare("x", Extracted(text=text), hash="", source="").inputs
