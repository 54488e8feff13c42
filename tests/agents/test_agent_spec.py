"""Agents that are written down: what they may say, with which tools, under which rules."""

import math

import pytest
from planning import plan

from dragoman import tool
from dragoman.agents.policies import under_policies
from dragoman.agents.spec import AgentSpec, Policy
from dragoman.errors import AgentSpecError, ToolDefinitionError
from dragoman.testing import ScriptedModel

WRITTEN = """\
name: shop
description: Helps with orders.
persona: {ja: あなたはトンボホームの店員です。, en: You work for Tonbo Home.}
languages: [ja, en, zh-TW]
tools: [calculator, "shop_tools.py:refund"]
policies:
  - {tool: refund, argument: amount, above: 10000, then: approval, reason: over the limit}
  - {tool: refund, argument: amount, above: 200000, then: refusal, reason: Ask the office.}
"""
TOOLS = '''\
from dragoman import tool


@tool(effect="once")
def refund(order_id: str, amount: int) -> str:
    """Pay an order back."""
    return f"paid {amount}"
'''


@pytest.fixture
def written(tmp_path):
    (tmp_path / "shop_tools.py").write_text(TOOLS, encoding="utf-8")
    path = tmp_path / "shop.yaml"
    path.write_text(WRITTEN, encoding="utf-8")
    return path


def test_an_agent_is_read_from_a_file(written):
    spec = AgentSpec.load(written)
    assert (spec.name, spec.languages) == ("shop", ("ja", "en", "zh-Hant"))
    assert [policy.then for policy in spec.policies] == ["approval", "refusal"]
    assert spec.folder == written.parent


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("name: Shop!", "name"),
        ("persona: hello", "name: Field required"),
        ("name: shop\nlanguages: [xx-none]", "languages"),
        ("name: shop\ntool: [calculator]", "tool: Extra inputs"),
        ("name: shop\npolicies: [{tool: refund, above: 5}]", "they need an argument"),
        ("name: shop\npolicies: [{tool: refund, argument: amount}]", "needs above"),
        ("name: shop\nfolder: /etc", "folder"),
        ("name: shop\ndocuments: 'yes'", "documents"),
        ("- a list", "holds no agent"),
        ("name: [unclosed", "no YAML"),
        ("", "holds no agent"),
        ("name: !!python/object/apply:os.system [true]", "no YAML"),
    ],
)
def test_a_file_that_is_no_agent_is_refused_with_what_is_wrong(tmp_path, line, complaint):
    path = tmp_path / "agent.yaml"
    path.write_text(line, encoding="utf-8")
    with pytest.raises(AgentSpecError, match=complaint) as caught:
        AgentSpec.load(path)
    assert "agent.yaml" in str(caught.value)


def test_a_file_that_cannot_be_read_is_an_error_of_ours(tmp_path):
    with pytest.raises(AgentSpecError, match="cannot be read"):
        AgentSpec.load(tmp_path / "none.yaml")
    (tmp_path / "broken.yaml").write_bytes(b"name: \xff\xfe\x00")
    with pytest.raises(AgentSpecError, match="no YAML in UTF-8"):
        AgentSpec.load(tmp_path / "broken.yaml")
    (tmp_path / "large.yaml").write_bytes(b"#" * 300_000)
    with pytest.raises(AgentSpecError, match="larger"):
        AgentSpec.load(tmp_path / "large.yaml")


LIMIT = Policy(tool="refund", argument="amount", above=10_000)


@pytest.mark.parametrize(
    ("amount", "holds"),
    [(9_999, False), (10_000, False), (10_001, True), (1e12, True), (math.nan, True)],
)
def test_a_limit_holds_above_its_number(amount, holds):
    assert LIMIT.holds({"amount": amount}) is holds


@pytest.mark.parametrize("value", [None, "５０００円", "1", [], {}, True])
def test_a_value_that_cannot_be_compared_is_not_let_through(value):
    assert LIMIT.holds({"amount": value})
    assert LIMIT.holds({})


def test_texts_are_compared_whatever_their_capitals():
    rule = Policy(tool="ship", argument="country", one_of=("KP", "ir"))
    assert rule.holds({"country": "kp"})
    assert not rule.holds({"country": "jp"})
    assert rule.holds({"country": 7})


@tool(effect="once")
def refund(order_id: str, amount: int) -> str:
    """Pay an order back."""
    return f"paid {amount}"


@pytest.mark.parametrize(
    "policy", [Policy(tool="refunds"), Policy(tool="refund", argument="sum", above=1)]
)
def test_a_policy_about_nothing_is_refused(policy):
    with pytest.raises(AgentSpecError, match="policy is about"):
        under_policies([refund], [policy])


def shop(*policies, **fields):
    return AgentSpec(name="shop", tools=(), policies=policies, **fields)


def ask_refund(make, amount, *policies):
    script = [plan(("refund", {"order_id": "E-551", "amount": amount})), plan(), f"{amount} yen."]
    assistant = make(script, tools=[refund], spec=shop(*policies))
    return assistant.ask(f"Please refund {amount} yen for order E-551.")


def test_a_call_above_the_limit_waits_and_one_below_it_runs(make):
    assert ask_refund(make, 9_000, LIMIT).calls[0].result == "paid 9000"
    assert ask_refund(make, 12_000, LIMIT).pending[0].call.arguments["amount"] == 12_000


def test_a_refused_call_never_runs_and_the_planner_is_told_why(make):
    rule = Policy(
        tool="refund", argument="amount", above=200_000, then="refusal", reason="Ask the office."
    )
    (call,) = ask_refund(make, 300_000, rule).calls
    assert (call.result, call.error) == (None, "Ask the office.")


def test_the_tools_are_those_that_are_named(make, written):
    names = [tool.name for tool in make([], spec=AgentSpec.load(written)).tools]
    assert {"calculator", "refund"} <= set(names)
    assert "current_time" not in names


@pytest.mark.parametrize("name", ["none.py:refund", "os:nothing", "shop_tools.py:", "a b:c"])
def test_a_tool_that_is_not_there_is_an_error_of_ours(make, written, name):
    spec = AgentSpec(name="shop", tools=(name,), folder=written.parent)
    with pytest.raises(ToolDefinitionError):
        make([], spec=spec)


def test_a_question_in_another_language_is_answered_in_the_first_one(make):
    spec = AgentSpec(name="shop", languages=("ja", "en"))
    answer = make([plan(), "返品は30日以内です。"], spec=spec).ask(
        "Wie lange kann ich zurückgeben?"
    )
    assert answer.language == "ja"


def test_the_persona_speaks_to_the_writer_in_the_language_of_the_reply(make):
    model = ScriptedModel([plan(), "返品は30日以内です。"])
    spec = AgentSpec(
        name="shop", persona={"ja": "あなたはトンボホームの店員です。", "en": "You work."}
    )
    make(model, spec=spec).ask("返品は何日以内にできますか。")
    assert model.calls[-1].messages[0].text.startswith("あなたはトンボホームの店員です。")


def test_a_persona_in_one_language_serves_all():
    assert AgentSpec(name="a", persona="You work.").persona_in("ko") == "You work."
    assert AgentSpec(name="a", persona={"en": "E", "ja": "J"}).persona_in("ko") == "E"
    assert AgentSpec(name="a").persona_in("ko") == ""


MEASURES = """
def in_yen(arguments):
    return {"E-551": 12000, "E-552": 800}[arguments["order_id"]]
"""


def ask_measured_refund(make, tmp_path, order, **policy):
    (tmp_path / "shop.py").write_text(MEASURES)
    rule = Policy(tool="refund", measure="shop.py:in_yen", above=10_000, **policy)
    script = [plan(("refund", {"order_id": order, "amount": 1})), plan(), "1 yen."]
    assistant = make(script, tools=[refund], spec=shop(rule, folder=tmp_path))
    return assistant.ask(f"Please refund 1 yen for order {order}.")


@pytest.mark.parametrize(("order", "asked"), [("E-551", True), ("E-552", False), ("E-553", True)])
def test_a_measure_says_what_a_call_is_worth_and_one_that_fails_asks_a_person(
    make, tmp_path, order, asked
):
    assert bool(ask_measured_refund(make, tmp_path, order).pending) is asked


def test_a_measure_refuses_too(make, tmp_path):
    answer = ask_measured_refund(make, tmp_path, "E-551", then="refusal", reason="Ask the office.")
    assert answer.calls[0].error == "Ask the office."


def test_a_rule_looks_at_an_argument_or_at_a_measure():
    with pytest.raises(ValueError, match="not at both"):
        Policy(tool="refund", argument="amount", measure="shop.py:in_yen", above=5)


def test_a_measure_that_is_not_there_is_an_error(make, tmp_path):
    with pytest.raises(ToolDefinitionError, match="cannot be imported"):
        make([], tools=[refund], spec=shop(Policy(tool="refund", measure="os:no_such", above=1)))
