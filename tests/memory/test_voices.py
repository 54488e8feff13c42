import numpy as np
import pytest
from hashed_words import HashedWords

from dragoman.memory import Memory


class Accented(HashedWords):
    """Adds to every vector a direction of the text's script, as real embedders do."""

    spec = "test:accented"

    def _vector(self, text):
        vector = np.zeros(self.dimensions, dtype=np.float32)
        vector[:32] = super()._vector(text)[:32] + super()._vector(text)[32:]
        vector /= np.linalg.norm(vector)
        vector[40 if text.isascii() else 41] = 2
        return vector / np.linalg.norm(vector)


@pytest.fixture
def mixed(tmp_path):
    with Memory(home=tmp_path, embedder=Accented()) as memory:
        memory.add_texts(
            [f"the weather report number {i} says rain" for i in range(40)]
            + ["配送 E-551 parcel"]
            + [f"天気予報 {i} 雨です" for i in range(10)],
            ids=[*(f"en{i}" for i in range(40)), "answer", *(f"ja{i}" for i in range(10))],
            metadatas=[{"language": "en"}] * 40 + [{"language": "ja"}] * 11,
        )
        yield memory


def test_texts_of_another_language_are_found_behind_many_of_the_questions_own(mixed):
    found = [p.document_id for p in mixed.search("parcel E-551", k=5, language="en")]
    assert "answer" in found


def test_the_offset_between_two_languages_is_measured_once(mixed):
    voices = mixed._voices
    assert voices.offset("en", "en") == voices.offset("und", "ja") == 0
    assert voices.offset("en", "ja") < -0.1
    with Memory(home=mixed.home, embedder=(embedder := Accented())) as again:
        assert again._voices.offset("en", "ja") == voices.offset("en", "ja")
        assert embedder.embedded == []


def test_one_language_alone_needs_no_measurement(tmp_path):
    with Memory(home=tmp_path, embedder=Accented()) as memory:
        memory.add_texts(["one text"], metadatas=[{"language": "en"}])
        memory.embedder.embedded.clear()
        assert memory.search("one text", language="en")
        assert memory.embedder.embedded == []
