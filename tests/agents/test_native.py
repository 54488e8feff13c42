"""The planner by native tool calls: made, leaked into the text, broken, or not there at all."""

import pytest
from langchain_core.messages import AIMessage

from dragoman import Settings, tool
from dragoman.errors import UnsupportedFeatureError
from dragoman.models import Engine
from dragoman.testing import ScriptedModel

QUESTION = "How many pieces of LAMP-20 are there?"
LEAKED = '<tool_call>\n{"name": "stock", "arguments": {"sku": "LAMP-20"}}\n</tool_call>'


@pytest.fixture
def looked_up():
    return []


@pytest.fixture
def native(make, home, looked_up):
    @tool(effect="none")
    def stock(sku: str) -> dict[str, int]:
        """How many pieces there are.

        Args:
            sku: Product code.
        """
        looked_up.append(sku)
        return {"pieces": 14}

    def assistant(script):
        model = ScriptedModel(script)
        settings = Settings(home=home, planner_strategy="native")
        return model, make(model, settings=settings, tools=[stock])

    return assistant


def made(name="stock", **arguments):
    call = {"name": name, "args": arguments, "id": "1", "type": "tool_call"}
    return AIMessage(content="", tool_calls=[call])


def test_a_native_call_runs_and_its_result_is_shown_to_the_model(native, looked_up):
    model, assistant = native([made(sku="LAMP-20"), "done", "There are 14 pieces."])
    with model:
        answer = assistant.ask(QUESTION)
    assert (looked_up, answer.text) == (["LAMP-20"], "There are 14 pieces.")
    names = [tool["function"]["name"] for tool in model.calls[0].options["tools"]]
    assert {"stock", "ask_user"} <= set(names)
    assert "<tool_call>" in model.calls[1].prompt
    assert '"pieces": 14' in model.calls[1].prompt


def test_no_schema_holds_a_native_planner(native):
    model, assistant = native([made(sku="LAMP-20"), "done", "There are 14 pieces."])
    assistant.ask(QUESTION)
    assert "json_schema" not in model.calls[0].options


def test_a_leaked_call_runs(native, looked_up):
    _, assistant = native([LEAKED, "done", "There are 14 pieces."])
    assistant.ask(QUESTION)
    assert looked_up == ["LAMP-20"]


def test_a_call_that_was_cut_is_asked_for_again_with_the_reason(native, looked_up):
    model, assistant = native([LEAKED[:50], LEAKED, "done", "There are 14 pieces."])
    assistant.ask(QUESTION)
    assert looked_up == ["LAMP-20"]
    assert "was cut" in model.calls[1].prompt


def test_after_two_repairs_the_turn_ends_and_nothing_ran(native, looked_up):
    cut = LEAKED[:50]
    model, assistant = native([cut, cut, cut, "I could not look it up."])
    with model:
        answer = assistant.ask(QUESTION)
    assert (looked_up, answer.calls) == ([], ())


def test_a_native_call_without_its_arguments_never_runs(native, looked_up):
    model, assistant = native([made(), made(sku="LAMP-20"), "done", "There are 14 pieces."])
    assistant.ask(QUESTION)
    assert looked_up == ["LAMP-20"]
    assert "lacks sku" in model.calls[1].prompt


def test_a_tool_that_is_not_there_is_named_to_the_model(native, looked_up):
    model, assistant = native([made("shop", a=1), made(sku="LAMP-20"), "done", "There are 14."])
    assistant.ask(QUESTION)
    assert looked_up == ["LAMP-20"]
    assert "no tool 'shop'" in model.calls[1].prompt


def test_arguments_that_are_no_json_are_asked_for_again(native, looked_up):
    broken = {"name": "stock", "args": '{"sku', "id": "1", "error": "", "type": "invalid_tool_call"}
    reply = AIMessage(content="", invalid_tool_calls=[broken])
    model, assistant = native([reply, made(sku="LAMP-20"), "done", "There are 14 pieces."])
    assistant.ask(QUESTION)
    assert looked_up == ["LAMP-20"]
    assert "arguments of stock were no JSON" in model.calls[1].prompt


def test_an_invented_id_is_refused_as_with_a_constrained_planner(native, looked_up):
    model, assistant = native([made(sku="Z-99"), made("ask_user", missing=["sku"])])
    with model:
        answer = assistant.ask("How many of them are there?")
    assert looked_up == []
    assert answer.calls == ()
    assert "Nobody has said" in model.calls[1].prompt


def test_an_engine_without_native_tools_says_so():
    class Plain(ScriptedModel):
        def bind_tools(self, tools, **kwargs):
            raise NotImplementedError

    with pytest.raises(UnsupportedFeatureError, match="takes no native tools"):
        Engine.of(Plain(["…"])).caller([], max_tokens=10)
