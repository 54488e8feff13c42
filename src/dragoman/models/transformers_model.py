"""A model of the transformers library: loaded, prompted, and generating token by token."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage

from dragoman.errors import (
    ConfigurationError,
    EngineUnavailableError,
    MissingExtraError,
    ModelNotFoundError,
    UnsupportedFeatureError,
)

_ROLES = (
    (SystemMessage, "system"),
    (HumanMessage, "user"),
    (AIMessage, "assistant"),
    (ToolMessage, "tool"),
)
_BEGIN, _END = "<think>", "</think>"
# As with llama.cpp: indented JSON costs a third more tokens.
_ON_ONE_LINE = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}

Piece = tuple[str, str]
"""Some text, or some thinking."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TransformersModel:
    """A loaded model with its tokenizer."""

    model: Any
    """The causal language model."""

    tokenizer: Any
    """Its tokenizer, which has a chat template."""

    context_tokens: int
    """Longest sequence that the model was made for."""

    alone: threading.Lock = field(default_factory=threading.Lock)
    """One generation at a time: a second one would only make both slower."""

    def encode(self, messages: Sequence[BaseMessage]) -> Any:
        """The prompt as a tensor of token ids (1, n).

        Raises:
            UnsupportedFeatureError: a message that is no text.
        """
        text = self.tokenizer.apply_chat_template(
            [_entry(message) for message in messages],
            tokenize=False,
            add_generation_prompt=True,
            enable_thinking=False,
        )
        encoded = self.tokenizer(text, return_tensors="pt", add_special_tokens=False)
        return encoded["input_ids"].to(self.model.device)


def load_model(path: str) -> TransformersModel:
    """The model in the folder `path`, or of that name on Hugging Face.

    Raises:
        MissingExtraError: torch or transformers is not installed.
        ModelNotFoundError: there is none, or it cannot be fetched.
        EngineUnavailableError: it cannot be loaded.
        ConfigurationError: it has no chat template.
    """
    try:
        import torch  # noqa: PLC0415 - gigabytes, and not installed everywhere
        from transformers import (  # noqa: PLC0415 - the same
            AutoModelForCausalLM,
            AutoTokenizer,
        )
    except ImportError as error:
        raise MissingExtraError(
            f"transformers:{path} needs torch and transformers ({error}).",
            cure='Run: pip install "dragoman[transformers]"',
        ) from None
    if Path(path).is_dir() and not Path(path, "config.json").is_file():
        raise ModelNotFoundError(
            f"There is no model in the folder {path}: it has no config.json.",
            cure="Name the folder that `save_pretrained` wrote. An adapter alone is no model: "
            "merge it first.",
        )
    try:
        model = AutoModelForCausalLM.from_pretrained(path, dtype="auto")
        tokenizer = AutoTokenizer.from_pretrained(path)
    except OSError as error:
        raise ModelNotFoundError(
            f"The model {path} cannot be loaded: {str(error).splitlines()[0]}",
            cure="Check the folder or the name, and that Hugging Face or HF_ENDPOINT answers.",
        ) from None
    except (ValueError, RuntimeError) as error:
        raise EngineUnavailableError(
            f"The model {path} cannot be loaded: {str(error).splitlines()[0]}",
            cure="It may need a newer transformers, or more memory.",
        ) from None
    if not tokenizer.chat_template:
        raise ConfigurationError(
            f"The model {path} has no chat template.",
            cure="Save the tokenizer of the model that you fine-tuned beside the weights.",
        )
    if torch.cuda.is_available():
        model = model.to("cuda")
    longest = getattr(model.config, "max_position_embeddings", None) or 32768
    return TransformersModel(model=model.eval(), tokenizer=tokenizer, context_tokens=longest)


class Generation:
    """One reply that is being generated."""

    def __init__(
        self,
        model: TransformersModel,
        options: Mapping[str, Any],
        *,
        stop: Sequence[str],
        most: int,
    ) -> None:
        """Generate nothing yet.

        Args:
            model: The model.
            options: What the call sets.
            stop: Texts that end the reply and are not part of it.
            most: Length in tokens.
        """
        self.tokens = 0
        self.finish_reason = "stop"
        self._model = model
        self._options = options
        self._stop = list(stop)
        self._most = most
        self._stopped = threading.Event()
        self._written: list[int] = []
        self._given = ""

    def stop_now(self) -> None:
        """End it with the next token."""
        self._stopped.set()

    def run(self, prompt: Any, deliver: Callable[[Piece], None]) -> None:
        """Generate and deliver the pieces; returns at the end.

        Raises:
            MissingExtraError: a schema is set and llguidance is not installed.
            UnsupportedFeatureError: the schema cannot be enforced.
        """
        import torch  # noqa: PLC0415 - it is loaded by now
        from transformers import (  # noqa: PLC0415 - the same
            LogitsProcessorList,
            StoppingCriteriaList,
        )
        from transformers.generation.streamers import BaseStreamer  # noqa: PLC0415 - the same

        generation, begin = self, int(prompt.shape[-1])

        class Streamer(BaseStreamer):  # type: ignore[misc,unused-ignore] # untyped where installed
            def __init__(self) -> None:
                self._is_prompt = True

            def put(self, value: Any) -> None:
                if self._is_prompt:
                    self._is_prompt = False
                    return
                generation._took(value.reshape(-1).tolist(), deliver)

            def end(self) -> None:
                pass

        with self._model.alone, torch.inference_mode():
            if self._stopped.is_set():
                return
            self._model.model.generate(
                prompt,
                attention_mask=torch.ones_like(prompt),
                max_new_tokens=self._most,
                logits_processor=LogitsProcessorList(self._processors(begin)),
                stopping_criteria=StoppingCriteriaList([lambda ids, *_, **__: self._is_over(ids)]),
                streamer=Streamer(),
                pad_token_id=self._model.tokenizer.pad_token_id
                or self._model.tokenizer.eos_token_id,
                **self._sampling(),
            )
        self._give(deliver, last=True)
        ended = self._stopped.is_set() or self._ends_by_itself()
        self.finish_reason = "stop" if ended else "length"

    def _sampling(self) -> dict[str, Any]:
        temperature = self._options.get("temperature")
        if not temperature:
            return {"do_sample": False, "temperature": None, "top_p": None, "top_k": None}
        named = {name: self._options.get(name) for name in ("top_p", "top_k")}
        given = {name: value for name, value in named.items() if value is not None}
        return {"do_sample": True, "temperature": temperature, **given}

    def _processors(self, begin: int) -> list[Callable[[Any, Any], Any]]:
        found: list[Callable[[Any, Any], Any]] = []
        if penalty := self._options.get("presence_penalty"):
            found.append(_presence_penalty(penalty, begin))
        if schema := self._options.get("json_schema"):
            found.append(_constraint(self._model, schema, begin))
        return found

    def _is_over(self, ids: Any) -> Any:
        import torch  # noqa: PLC0415 - it is loaded by now

        return torch.full((ids.shape[0],), self._stopped.is_set(), device=ids.device)

    def _took(self, ids: Sequence[int], deliver: Callable[[Piece], None]) -> None:
        self._written += ids
        self.tokens = len(self._written)
        self._give(deliver)

    def _give(self, deliver: Callable[[Piece], None], *, last: bool = False) -> None:
        """Deliver what is new and sure to stay."""
        text = self._model.tokenizer.decode(self._written, skip_special_tokens=True)
        cut = min((at for stop in self._stop if (at := text.find(stop)) >= 0), default=-1)
        if cut >= 0:
            self._stopped.set()
            text, last = text[:cut], True
        if not last:
            # A character may take several tokens, and the beginning of a stop text may be one.
            text = text.rstrip("\ufffd")
            held = max((len(stop) - 1 for stop in self._stop), default=0)
            text = text[: len(text) - held] if held else text
            if _BEGIN.startswith(text) or text.endswith(tuple(_END[:n] for n in range(1, 8))):
                return
        if not text.startswith(self._given) or text == self._given:
            return
        before, self._given = self._given, text
        thought, said = _apart(text)
        thought_before, said_before = _apart(before)
        piece = said[len(said_before) :], thought[len(thought_before) :]
        if any(piece):
            deliver(piece)

    def _ends_by_itself(self) -> bool:
        ends = self._model.model.generation_config.eos_token_id
        ends = ends if isinstance(ends, list) else [ends, self._model.tokenizer.eos_token_id]
        return bool(self._written) and self._written[-1] in ends


def _apart(text: str) -> tuple[str, str]:
    """Thinking, and what is said after it."""
    if not text.startswith(_BEGIN):
        return "", text
    thought, _, said = text.removeprefix(_BEGIN).partition(_END)
    return thought.lstrip("\n"), said.lstrip("\n")


def _presence_penalty(penalty: float, begin: int) -> Callable[[Any, Any], Any]:
    def process(ids: Any, scores: Any) -> Any:
        used = ids[0, begin:].unique()
        scores[0, used] -= penalty
        return scores

    return process


def _constraint(
    model: TransformersModel, schema: Mapping[str, Any], begin: int
) -> Callable[[Any, Any], Any]:
    """Rules out every token that cannot go on to JSON that fits `schema`."""
    try:
        import llguidance.hf  # noqa: PLC0415 - only where a schema is enforced
        import llguidance.torch as mask  # noqa: PLC0415 - the same
    except ImportError as error:
        raise MissingExtraError(
            f"A JSON schema needs llguidance ({error}).",
            cure='Run: pip install "dragoman[transformers]"',
        ) from None
    width = int(model.model.config.vocab_size)
    tokenizer = llguidance.hf.from_tokenizer(model.tokenizer, n_vocab=width)
    grammar = llguidance.LLMatcher.grammar_from_json_schema(
        json.dumps({**schema, "x-guidance": _ON_ONE_LINE})
    )
    matcher = llguidance.LLMatcher(tokenizer, grammar)
    if fault := matcher.get_error():
        raise UnsupportedFeatureError(
            f"The JSON schema cannot be enforced: {fault.splitlines()[0]}",
            cure="Simplify the schema.",
        )
    bits = mask.allocate_token_bitmask(1, width)
    seen = begin

    def process(ids: Any, scores: Any) -> Any:
        nonlocal seen
        for token in ids[0, seen:].tolist():
            matcher.consume_token(token)
        seen = int(ids.shape[-1])
        mask.fill_next_token_bitmask(matcher, bits, 0)
        mask.apply_token_bitmask_inplace(scores, bits.to(scores.device))
        return scores

    return process


def _entry(message: BaseMessage) -> dict[str, str]:
    role = next((role for kind, role in _ROLES if isinstance(message, kind)), None)
    parts = message.content if isinstance(message.content, list) else []
    if role is None or any(isinstance(part, dict) and part["type"] != "text" for part in parts):
        raise UnsupportedFeatureError(
            "A transformers: engine takes only text, from the system, people, the AI and tools.",
            cure="For images use a model with vision through Ollama, for example qwen3.5:4b.",
        )
    return {"role": role, "content": str(message.text)}
