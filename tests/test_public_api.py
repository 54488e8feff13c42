"""The public API, pinned: a change here is a change for everybody who uses Dragoman."""

import inspect

import pytest

import dragoman
from dragoman import Assistant, Memory
from dragoman.languages import detect
from dragoman.testing import ScriptedModel
from dragoman.tools import tool


def parameters(function):
    return [
        name if p.default is p.empty else f"{name}={p.default!r}"
        for name, p in inspect.signature(function).parameters.items()
    ]


def test_the_names_at_the_top_are_these():
    assert set(dragoman.__all__) == {
        "AgentSpec",
        "Answer",
        "Assistant",
        "Citation",
        "Decision",
        "DragomanError",
        "Memory",
        "Passage",
        "Settings",
        "Tool",
        "tool",
        "__version__",
    }
    for name in dragoman.__all__:
        assert getattr(dragoman, name) is not None


def test_a_name_that_does_not_exist_is_an_attribute_error():
    with pytest.raises(AttributeError, match="nonsense"):
        dragoman.nonsense  # noqa: B018


def test_the_assistant_is_made_and_asked_like_this():
    assert parameters(Assistant) == [
        "engine='auto'",
        "tools=()",
        "memory=None",
        "home=None",
        "settings=None",
        "progress=None",
        "now=None",
        "spec=None",
    ]
    for method in (Assistant.ask, Assistant.aask, Assistant.stream, Assistant.astream):
        assert parameters(method) == [
            "self",
            "text",
            "thread=None",
            "language=None",
            "user=None",
            "images=()",
            "groups=None",
        ]


def test_an_answer_has_these_fields():
    assert [*dragoman.Answer.__dataclass_fields__] == [
        "text",
        "language",
        "citations",
        "calls",
        "usage",
        "thread",
        "passages",
        "review",
        "pending",
        "handed_off",
    ]


def test_the_memory_is_made_and_used_like_this():
    assert parameters(Memory)[:3] == ["tenant=None", "home=None", "embedder='auto'"]
    assert parameters(Memory.add_texts) == [
        "self",
        "texts",
        "ids=None",
        "metadatas=None",
        "groups=None",
    ]
    assert parameters(Memory.search)[:3] == ["self", "text", "k=5"]
    for field in ("document_id", "text", "score", "source", "start", "end"):
        assert field in dragoman.Passage.__dataclass_fields__


def test_a_tool_and_a_detection_are_made_like_this():
    assert parameters(tool)[1:] == [
        "name=None",
        "effect='once'",
        "approval=False",
        "timeout=None",
        "idempotency_key=None",
        "trusted=False",
        "hints=None",
        "examples=()",
    ]
    assert parameters(detect)[0] == "text"
    assert {"thread", "hint"} <= {*inspect.signature(detect).parameters}


def test_the_scripted_model_is_public():
    assert ScriptedModel(["Hello."]).invoke("Hi").text == "Hello."
