"""Engine specs in one line of text."""

from __future__ import annotations

import pytest

from dragoman.errors import ConfigurationError
from dragoman.models.spec import EngineSpec


@pytest.mark.parametrize(
    ("text", "kind", "model", "url"),
    [
        ("auto", "auto", "", ""),
        ("ollama:qwen3.5:4b", "ollama", "qwen3.5:4b", ""),
        ("ollama:qwen3.5:4b@gpu-1,gpu-2", "ollama", "qwen3.5:4b", "gpu-1,gpu-2"),
        ("ollama:m@sha256:0a1b", "ollama", "m@sha256:0a1b", ""),
        ("embedded:qwen2.5-coder:1.5b", "embedded", "qwen2.5-coder:1.5b", ""),
        (
            "openai:Qwen/Qwen3.5-4B@http://127.0.0.1:8000/v1",
            "openai",
            "Qwen/Qwen3.5-4B",
            "http://127.0.0.1:8000/v1",
        ),
        (
            "openai:@cf/meta/llama@https://x.example/v1",
            "openai",
            "@cf/meta/llama",
            "https://x.example/v1",
        ),
        ("openai:qwen/qwen3-32b@groq", "openai", "qwen/qwen3-32b", "groq"),
    ],
)
def test_a_spec_is_read_and_written_back(text, kind, model, url):
    spec = EngineSpec.parse(f" {text} ")
    assert (spec.kind, spec.model, spec.url) == (kind, model, url)
    assert str(spec) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "qwen3.5:4b",
        "auto:x",
        "custom:x",
        "ollama",
        "ollama:",
        "embedded: ",
        "ollama:@gpu-1",
        "ollama:m@",
        "openai:m",
        "openai:m@",
        "openai:@http://x/v1",
        "gpt:4",
    ],
)
def test_what_is_no_spec_is_refused_with_examples(text):
    with pytest.raises(ConfigurationError) as caught:
        EngineSpec.parse(text)
    assert "ollama:qwen3.5:4b" in caught.value.cure
