"""Messages on their way to Ollama."""

from __future__ import annotations

import pytest
from langchain_core.messages import (
    AIMessage,
    ChatMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)

from dragoman.errors import UnsupportedFeatureError
from dragoman.models.ollama_messages import to_wire


def test_roles_and_tool_results_keep_their_places() -> None:
    call = {"name": "add", "args": {"a": 1}, "id": "1", "type": "tool_call"}
    wire = to_wire(
        [
            SystemMessage("s"),
            HumanMessage("h"),
            AIMessage("", tool_calls=[call]),
            ToolMessage("2", tool_call_id="1", name="add"),
        ],
        thinking=False,
    )
    assert wire == [
        {"role": "system", "content": "s"},
        {"role": "user", "content": "h"},
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [{"function": {"name": "add", "arguments": {"a": 1}}}],
        },
        {"role": "tool", "content": "2", "tool_name": "add"},
    ]


@pytest.mark.parametrize("thinking", [True, False])
def test_past_thinking_goes_along_only_when_the_thread_thinks(thinking: bool) -> None:
    message = AIMessage("5", additional_kwargs={"reasoning_content": "2 + 3"})
    (wire,) = to_wire([message], thinking=thinking)
    assert wire.get("thinking") == ("2 + 3" if thinking else None)


@pytest.mark.parametrize(
    "part",
    [
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,QUJD"}},
        {"type": "image_url", "image_url": "data:image/png;base64,QUJD"},
        {"type": "image", "base64": "QUJD", "mime_type": "image/png"},
    ],
)
def test_images_travel_as_plain_base64(part: dict[str, object]) -> None:
    (wire,) = to_wire(
        [HumanMessage([{"type": "text", "text": "What is it?"}, part])], thinking=False
    )
    assert wire == {"role": "user", "content": "What is it?", "images": ["QUJD"]}


@pytest.mark.parametrize(
    "part",
    [
        {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
        {"type": "input_audio", "input_audio": {}},
    ],
)
def test_content_that_ollama_cannot_take_is_refused(part: dict[str, object]) -> None:
    with pytest.raises(UnsupportedFeatureError):
        to_wire([HumanMessage([part])], thinking=False)


def test_a_role_that_ollama_does_not_know_is_refused() -> None:
    with pytest.raises(UnsupportedFeatureError, match="ChatMessage"):
        to_wire([ChatMessage("x", role="narrator")], thinking=False)
