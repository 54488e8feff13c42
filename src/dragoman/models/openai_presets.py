"""The servers and services that speak OpenAI's interface, and how each bends it.

From their own documentation, read in November 2026; `docs/models_ollama.md` names the pages. What a
service does not offer is said here and refused with a clear error, never tried in the hope that
it works.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

_TEMPLATE_OFF = {"chat_template_kwargs": {"enable_thinking": False}}
_TEMPLATE_ON = {"chat_template_kwargs": {"enable_thinking": True}}


@dataclass(frozen=True, kw_only=True, slots=True)
class Preset:
    """One server or service."""

    name: str
    """What stands after the ``@`` of an engine spec, for example ``openai:MODEL@groq``."""

    title: str
    """Name for people."""

    base_url: str
    """Address up to and including the version, where the server listens by default."""

    key_variable: str = ""
    """Environment variable that holds the key; empty when none is needed."""

    key_required: bool = False
    """Whether nothing works without the key."""

    hosts: tuple[str, ...] = ()
    """Host names, or ends of host names, by which an address is recognized."""

    example_model: str = ""
    """How a model is named there."""

    thinking_off: Mapping[str, Any] = field(default_factory=dict)
    """What is added to a request so that the model does not think; empty when nothing can."""

    thinking_on: Mapping[str, Any] = field(default_factory=dict)
    """What is added to a request so that it does."""

    schema_extras: Mapping[str, Any] = field(default_factory=dict)
    """What goes along with a JSON schema, beside ``response_format``."""

    takes_top_k: bool = True
    """Whether ``top_k`` may be sent."""

    unsupported: str = ""
    """Why the service cannot be used at all; empty when it can."""

    note: str = ""
    """What else to know."""


PRESETS: tuple[Preset, ...] = (
    Preset(
        name="vllm",
        title="vLLM",
        base_url="http://127.0.0.1:8000/v1",
        key_variable="VLLM_API_KEY",
        example_model="Qwen/Qwen3.5-4B",
        thinking_off=_TEMPLATE_OFF,
        thinking_on=_TEMPLATE_ON,
        note="Start it with --reasoning-parser qwen3, else the thinking stays in the answer.",
    ),
    Preset(
        name="sglang",
        title="SGLang",
        base_url="http://127.0.0.1:30000/v1",
        example_model="Qwen/Qwen3.5-4B",
        thinking_off=_TEMPLATE_OFF,
        thinking_on=_TEMPLATE_ON,
        note="Start it with --reasoning-parser qwen3.",
    ),
    Preset(
        name="lmstudio",
        title="LM Studio",
        base_url="http://127.0.0.1:1234/v1",
        example_model="qwen/qwen3.5-4b",
        thinking_off={"reasoning_effort": "none"},
        thinking_on={"reasoning_effort": "medium"},
        note="Thinking is switched from 0.4.17 on; earlier versions think whatever is sent.",
    ),
    Preset(
        name="llamacpp",
        title="llama.cpp server",
        base_url="http://127.0.0.1:8080/v1",
        key_variable="LLAMA_API_KEY",
        example_model="any name: the server has one model",
        thinking_off=_TEMPLATE_OFF,
        thinking_on=_TEMPLATE_ON,
        note="Start it with --jinja.",
    ),
    Preset(
        name="dashscope",
        title="Alibaba Cloud Model Studio, international",
        base_url="https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
        key_variable="DASHSCOPE_API_KEY",
        key_required=True,
        hosts=(
            "dashscope-intl.aliyuncs.com",
            "dashscope-us.aliyuncs.com",
            "cn-hongkong.dashscope.aliyuncs.com",
            ".maas.aliyuncs.com",
        ),
        example_model="qwen3.5-plus",
        thinking_off={"enable_thinking": False},
        thinking_on={"enable_thinking": True},
        note="Keys belong to one region. In production take the workspace's own address, "
        "https://WORKSPACE.REGION.maas.aliyuncs.com/compatible-mode/v1. Not every model takes a "
        "JSON schema.",
    ),
    Preset(
        name="dashscope-cn",
        title="Alibaba Cloud Model Studio, mainland China",
        base_url="https://dashscope.aliyuncs.com/compatible-mode/v1",
        key_variable="DASHSCOPE_API_KEY",
        key_required=True,
        hosts=("dashscope.aliyuncs.com",),
        example_model="qwen3.5-plus",
        thinking_off={"enable_thinking": False},
        thinking_on={"enable_thinking": True},
        note="As above; a key of another region is refused with 401.",
    ),
    Preset(
        name="together",
        title="Together",
        base_url="https://api.together.ai/v1",
        key_variable="TOGETHER_API_KEY",
        key_required=True,
        hosts=("api.together.ai", "api.together.xyz", "api-inference.together.ai"),
        example_model="Qwen/Qwen3.5-9B",
        thinking_off={"reasoning": {"enabled": False}},
        thinking_on={"reasoning": {"enabled": True}},
        note="Some models there always think.",
    ),
    Preset(
        name="groq",
        title="Groq",
        base_url="https://api.groq.com/openai/v1",
        key_variable="GROQ_API_KEY",
        key_required=True,
        hosts=("api.groq.com",),
        example_model="qwen/qwen3-32b",
        thinking_off={"reasoning_effort": "none"},
        thinking_on={"reasoning_effort": "default", "reasoning_format": "parsed"},
        takes_top_k=False,
        note="The switch is for Qwen models; gpt-oss always thinks. Few models take a JSON schema.",
    ),
    Preset(
        name="openrouter",
        title="OpenRouter",
        base_url="https://openrouter.ai/api/v1",
        key_variable="OPENROUTER_API_KEY",
        key_required=True,
        hosts=("openrouter.ai",),
        example_model="qwen/qwen3.5-9b",
        thinking_off={"reasoning": {"enabled": False}},
        thinking_on={"reasoning": {"enabled": True}},
        # Else it may pick a provider that ignores the schema.
        schema_extras={"provider": {"require_parameters": True}},
    ),
    Preset(
        name="openai",
        title="OpenAI",
        base_url="https://api.openai.com/v1",
        key_variable="OPENAI_API_KEY",
        key_required=True,
        hosts=("api.openai.com",),
        example_model="gpt-4.1-mini",
        takes_top_k=False,
    ),
    Preset(
        name="replicate",
        title="Replicate",
        base_url="https://api.replicate.com/v1",
        key_variable="REPLICATE_API_TOKEN",
        key_required=True,
        hosts=("api.replicate.com",),
        unsupported="it has predictions instead of OpenAI's chat interface, and no JSON schemas",
        note="Take the same model from another service, or put a gateway (LiteLLM) before it.",
    ),
)

UNKNOWN = Preset(
    name="other",
    title="The server",
    base_url="",
    key_variable="DRAGOMAN_OPENAI_KEY",
    note="Nothing is assumed: no switch for thinking, schemas through response_format.",
)
"""A server that no preset describes. It gets a key of its own, never OPENAI_API_KEY: that one must
not travel to whatever address somebody typed."""


def preset_for(address: str) -> Preset:
    """The preset that `address` names or whose host it is, else `UNKNOWN`.

    An address may say whose dialect it speaks, as in ``vllm+http://gpu-box:9000/v1``. Without that,
    a server on this machine is recognized by its usual port.
    """
    name, plus, _ = address.partition("+http")
    for preset in PRESETS:
        if name.casefold() == preset.name or (not plus and _is_at(preset, address)):
            return preset
    return UNKNOWN


def _is_at(preset: Preset, address: str) -> bool:
    parts = urlsplit(address)
    host = (parts.hostname or "").casefold()
    if not preset.hosts:
        local = host in {"127.0.0.1", "localhost", "::1"}
        return local and parts.port == urlsplit(preset.base_url).port
    return any(
        host.endswith(known) if known.startswith(".") else host == known for known in preset.hosts
    )
