"""The `transformers:` engine, with a real, tiny, random Qwen2 where torch is installed."""

from __future__ import annotations

import builtins
import shutil
from pathlib import Path
from typing import Any

import pytest
from engine_conformance import EngineConformance, Subject
from langchain_core.messages import HumanMessage

from dragoman.errors import (
    ConfigurationError,
    MissingExtraError,
    ModelNotFoundError,
    UnsupportedFeatureError,
)
from dragoman.models.connect import connect
from dragoman.models.images import question_with_images
from dragoman.models.spec import EngineSpec
from dragoman.models.transformers_chat import TransformersChat
from dragoman.settings import Settings

# torch itself still uses what it has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")

TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def test_the_spec_names_a_folder_or_a_repository() -> None:
    spec = EngineSpec.parse("transformers:Qwen/Qwen3.5-0.8B")
    assert (spec.kind, spec.model) == ("transformers", "Qwen/Qwen3.5-0.8B")
    assert str(spec) == "transformers:Qwen/Qwen3.5-0.8B"


def test_without_torch_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any, **named: Any) -> Any:
        if name.partition(".")[0] in {"torch", "transformers"}:
            raise ImportError(f"No module named {name!r}")
        return real(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtraError) as caught:
        TransformersChat(path="somewhere").load()
    assert 'pip install "dragoman[transformers]"' in caught.value.cure


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Qwen2 of two layers that knows bytes and has learned nothing."""
    why = "torch, transformers or llguidance is not installed"
    torch = pytest.importorskip("torch", reason=why)
    transformers = pytest.importorskip("transformers", reason=why)
    pytest.importorskip("llguidance", reason=why)
    tokenizers = pytest.importorskip("tokenizers", reason=why)
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    alphabet = sorted(tokenizers.pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: number for number, token in enumerate([*alphabet, *special])}
    raw = tokenizers.Tokenizer(tokenizers.models.BPE(vocab=vocabulary, merges=[]))
    raw.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = tokenizers.decoders.ByteLevel()
    raw.add_special_tokens(special)
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=raw, eos_token="<|im_end|>", pad_token="<|endoftext|>"
    )
    tokenizer.chat_template = TEMPLATE
    end = tokenizer.convert_tokens_to_ids("<|im_end|>")
    config = transformers.Qwen2Config(
        vocab_size=len(vocabulary),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=512,
        eos_token_id=end,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=None,
    )
    torch.manual_seed(7)
    model = transformers.Qwen2ForCausalLM(config)
    place = tmp_path_factory.mktemp("tiny-qwen2")
    model.save_pretrained(place)
    tokenizer.save_pretrained(place)
    return place


class TestTransformersChat(EngineConformance):
    """The promises, by a model that says random bytes and seldom ends by itself."""

    @pytest.fixture
    def subject(self, folder: Path) -> Subject:
        chat = TransformersChat(path=str(folder), context_tokens=480)
        return Subject(chat=chat, too_long="A long text. " * 200)

    async def test_a_plain_question_gets_a_reply_that_ended_by_itself(
        self, subject: Subject
    ) -> None:
        """A schema has an end, which a model without any sense does not find."""
        await self.test_a_constrained_reply_fits_the_schema(subject)


async def test_a_stop_text_ends_the_reply_and_is_not_part_of_it(folder: Path) -> None:
    chat = TransformersChat(path=str(folder))
    schema = {"type": "object", "properties": {"a": {"enum": ["before STOP after"]}}}
    schema["required"] = ["a"]
    model = chat.bind(json_schema=schema, max_tokens=60, stop=["STOP"])
    chunks = [chunk.text async for chunk in model.astream("Go.")]
    assert "".join(chunks) == '{"a": "before '


async def test_sampling_penalties_and_length_are_taken(folder: Path) -> None:
    chat = TransformersChat(path=str(folder))
    reply = await chat.ainvoke(
        "Go.", max_tokens=4, temperature=0.7, top_p=0.9, top_k=5, presence_penalty=1.5
    )
    assert reply.usage_metadata
    assert reply.usage_metadata["output_tokens"] <= 4


async def test_what_it_cannot_do_is_refused(folder: Path) -> None:
    chat = TransformersChat(path=str(folder))
    with pytest.raises(UnsupportedFeatureError, match="seed"):
        await chat.ainvoke("Go.", seed=3)
    image = question_with_images("What is this?", [b"\x89PNG\r\n\x1a\n...."])
    with pytest.raises(UnsupportedFeatureError, match="only text"):
        await chat.ainvoke([image])
    schema = {"type": "object", "properties": {"a": {"type": "nonsense"}}}
    with pytest.raises(UnsupportedFeatureError, match="cannot be enforced"):
        await chat.ainvoke([HumanMessage("Go.")], json_schema=schema)


async def test_it_is_connected_by_its_spec_and_plans(folder: Path, tmp_path: Path) -> None:
    engine = await connect(f"transformers:{folder}", Settings(home=tmp_path, context_tokens=4096))
    assert engine.context_tokens == 512  # what the model was made for
    schema = {
        "type": "object",
        "properties": {"ok": {"type": "boolean"}},
        "required": ["ok"],
        "additionalProperties": False,
    }
    reply = await engine.planner(schema, max_tokens=20).ainvoke("Fine?")
    assert reply.text in {'{"ok": true}', '{"ok": false}'}
    await engine.aclose()


def test_a_folder_without_a_model_is_named(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelNotFoundError):
        TransformersChat(path=str(tmp_path)).load()


def test_a_model_without_a_chat_template_is_refused(folder: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    shutil.copytree(folder, bare)
    (bare / "chat_template.jinja").unlink()
    with pytest.raises(ConfigurationError, match="chat template"):
        TransformersChat(path=str(bare)).load()
