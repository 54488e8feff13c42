"""The cross-encoder with the real library, and a tiny model of random weights made here.

Whether such a reranker helps is not asked: only that the library is used as it wants to be, and
that its numbers arrive unchanged, passage by passage.
"""

import json
import math
import shutil

import pytest

from dragoman.errors import EngineUnavailableError, ModelNotFoundError
from dragoman.memory.rerank_cross_encoder import CrossEncoderReranker

transformers = pytest.importorskip("transformers", reason="needs 'dragoman[sentence-transformers]'")
torch = pytest.importorskip("torch", reason="needs 'dragoman[sentence-transformers]'")
pytest.importorskip("sentence_transformers", reason="needs 'dragoman[sentence-transformers]'")

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "parcel", "takes", "two", "days", "cats"]
PASSAGES = ["parcel takes two days", "cats", "two cats takes days"]

# The library is newer than some of what it calls.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(scope="module", autouse=True)
def offline():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
        yield


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A function that writes a model with so many outputs to a folder."""

    def make(outputs):
        folder = tmp_path_factory.mktemp(f"outputs-{outputs}")
        (folder / "vocab.txt").write_text("\n".join(WORDS), encoding="utf-8")
        transformers.BertTokenizerFast(vocab_file=str(folder / "vocab.txt")).save_pretrained(folder)
        torch.manual_seed(0)
        config = transformers.BertConfig(
            vocab_size=len(WORDS),
            hidden_size=16,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=16,
            num_labels=outputs,
            initializer_range=0.3,
        )
        transformers.BertForSequenceClassification(config).save_pretrained(folder)
        return folder

    return make


@pytest.fixture(scope="module")
def folder(made):
    return made(1)


@pytest.fixture
def without_sigmoid(folder, tmp_path):
    """The same model, saved as one whose numbers are to be taken as they are."""
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    place = tmp_path / "config.json"
    config = json.loads(place.read_text(encoding="utf-8"))
    config["sbert_ce_default_activation_function"] = "torch.nn.modules.linear.Identity"
    place.write_text(json.dumps(config), encoding="utf-8")
    return tmp_path


def test_passages_get_the_models_own_numbers(folder):
    reranker = CrossEncoderReranker(str(folder))
    scores = reranker.rank("parcel takes days", PASSAGES)
    tokenizer = transformers.BertTokenizerFast.from_pretrained(folder)
    model = transformers.BertForSequenceClassification.from_pretrained(folder).eval()
    with torch.no_grad():
        pairs = [tokenizer("parcel takes days", text, return_tensors="pt") for text in PASSAGES]
        logits = [float(model(**pair).logits) for pair in pairs]
    assert scores == pytest.approx([1 / (1 + math.exp(-logit)) for logit in logits], abs=1e-5)
    assert len({round(score, 4) for score in scores}) == len(PASSAGES)
    assert reranker.rank("parcel", PASSAGES[:1]) == pytest.approx(
        reranker.rank("parcel", PASSAGES)[:1], abs=1e-5
    )


def test_a_model_without_its_sigmoid_gets_one(folder, without_sigmoid):
    ranked = [CrossEncoderReranker(str(f)).rank("two", PASSAGES) for f in (folder, without_sigmoid)]
    assert ranked[0] == pytest.approx(ranked[1], abs=1e-6)


def test_a_passage_longer_than_the_model_reads_is_cut(folder):
    [score] = CrossEncoderReranker(str(folder)).rank("parcel", ["two days " * 2000])
    assert 0 <= score <= 1


def test_a_model_with_two_outputs_is_refused(made):
    with pytest.raises(EngineUnavailableError, match="one output"):
        CrossEncoderReranker(str(made(2)))


def test_a_model_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ModelNotFoundError, match="nobody/nothing"):
        CrossEncoderReranker("nobody/nothing")
    with pytest.raises(EngineUnavailableError, match="model_type"):
        CrossEncoderReranker(str(tmp_path))
