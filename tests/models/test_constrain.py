"""Schemas for every kind of chat model, and the replies that come back."""

from __future__ import annotations

import pytest
from langchain_core.language_models import FakeListChatModel
from langchain_core.messages import AIMessage
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from dragoman.errors import EngineReplyError, UnsupportedFeatureError
from dragoman.models.constrain import constrain, parse_constrained
from dragoman.models.ollama import OllamaChat
from dragoman.models.openai_compatible import openai_chat
from dragoman.models.spec import EngineSpec
from dragoman.settings import Settings
from dragoman.testing import ScriptedModel

SCHEMA = {"type": "object", "properties": {"x": {"type": "integer"}}}


def test_our_own_models_take_the_schema_as_it_is():
    model = ScriptedModel([{"x": 1}])
    assert parse_constrained(constrain(model, SCHEMA).invoke("?")) == {"x": 1}
    assert model.calls[0].options["json_schema"] == SCHEMA


def test_ollama_takes_the_schema_as_it_is():
    bound = constrain(OllamaChat(model="m"), SCHEMA)
    assert bound.kwargs == {"json_schema": SCHEMA}


def test_our_openai_model_takes_the_schema_as_it_is():
    chat = openai_chat(EngineSpec.parse("openai:m@http://127.0.0.1:9/v1"), Settings())
    assert constrain(chat, SCHEMA).kwargs == {"json_schema": SCHEMA}


def test_chat_openai_takes_the_schema_as_its_response_format():
    chat = ChatOpenAI(model="m", api_key=SecretStr("none"), base_url="http://127.0.0.1:9/v1")
    response_format = constrain(chat, SCHEMA).kwargs["response_format"]
    assert response_format["type"] == "json_schema"
    assert response_format["json_schema"]["schema"] == SCHEMA


def test_a_model_that_takes_no_schema_is_refused():
    with pytest.raises(UnsupportedFeatureError, match="FakeListChatModel"):
        constrain(FakeListChatModel(responses=["{}"]), SCHEMA)


def reply(text: str, finish_reason: str = "stop") -> AIMessage:
    return AIMessage(text, response_metadata={"finish_reason": finish_reason})


def test_a_reply_is_parsed():
    assert parse_constrained(reply(' {"x": "東京"}\n')) == {"x": "東京"}


def test_a_reply_in_content_blocks_is_parsed():
    blocks = AIMessage([{"type": "text", "text": '{"x": 1}'}])
    assert parse_constrained(blocks) == {"x": 1}


def test_a_cut_reply_is_an_error_even_if_it_parses():
    with pytest.raises(EngineReplyError, match="cut before its JSON ended"):
        parse_constrained(reply('{"x": 1}', "length"))


@pytest.mark.parametrize("text", ["", "I think so.", '{"x": ', "[1]", "null", '"x"'])
def test_a_reply_that_is_no_object_is_an_error_that_shows_it(text):
    with pytest.raises(EngineReplyError) as caught:
        parse_constrained(reply(text))
    assert repr(text) in caught.value.message
