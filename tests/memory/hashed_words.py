"""A tiny embedder without a model: texts that share words or characters lie close together."""

import hashlib
import zlib

import numpy as np


class HashedWords:
    """Embeds a text as the hashed counts of its words and character pairs."""

    spec = "test:hashed-words"
    dimensions = 64

    def __init__(self):
        self.embedded = []

    def embed_passages(self, texts):
        self.embedded += texts
        return np.stack([self._vector(text) for text in texts])

    def embed_queries(self, texts):
        return np.stack([self._vector(text) for text in texts])

    def _vector(self, text):
        vector = np.full(self.dimensions, 1e-3, dtype=np.float32)
        lower = text.lower()
        for feature in [*lower.split(), *(lower[i : i + 2] for i in range(len(lower) - 1))]:
            vector[zlib.crc32(feature.encode("utf-8", "replace")) % self.dimensions] += 1
        return vector / np.linalg.norm(vector)


class OtherWords(HashedWords):
    """The same by another name."""

    spec = "test:other-words"


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()
