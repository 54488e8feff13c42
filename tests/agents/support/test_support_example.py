"""The shop of the support example: whose orders, what is paid back, and under which limit."""

from pathlib import Path

import pytest

from dragoman import AgentSpec
from dragoman.agents.policies import under_policies
from dragoman.errors import ToolFailedMistake
from dragoman.tools.calling import Calling, calling
from dragoman.tools.named import named_tool

EXAMPLE = Path(__file__).parents[3] / "examples" / "support_bot"
SPEC = AgentSpec.load(EXAMPLE / "agent.yaml")


@pytest.fixture(autouse=True)
def yumi(tmp_path, monkeypatch):
    """A new shop, with the customer C-1001 logged in."""
    monkeypatch.setenv("SHOP_DB", str(tmp_path / "shop.sqlite"))
    monkeypatch.delenv("SHOP_CUSTOMER", raising=False)
    with calling(Calling(thread="t", turn="1", user="C-1001")):
        yield


@pytest.fixture
def tools():
    """The example's own tools by name, under the rules of its agent.yaml."""
    named = [named_tool(name, folder=EXAMPLE) for name in SPEC.tools if ":" in name]
    return {tool.name: tool for tool in under_policies(named, SPEC.policies, folder=EXAMPLE)}


def test_a_customer_sees_their_own_orders_and_no_others(tools):
    assert {order["order_id"] for order in tools["list_orders"]()} == {
        "KW-2041",
        "KW-2019",
        "KW-2007",
    }
    assert tools["order_status"](order_id=" kw-2041 ")["total"] == 8360
    for theirs_or_none in ("KW-2044", "KW-9999", "' OR 1=1 --"):
        with pytest.raises(ToolFailedMistake, match="no order"):
            tools["order_status"](order_id=theirs_or_none)
        with pytest.raises(ToolFailedMistake, match="no order"):
            tools["refund"](order_id=theirs_or_none, key="k")
        with pytest.raises(ToolFailedMistake, match="no order"):
            tools["change_address"](order_id=theirs_or_none, address="Elsewhere 1")


def test_who_is_not_logged_in_sees_nothing(tools):
    with (
        calling(Calling(thread="t", turn="1")),
        pytest.raises(ToolFailedMistake, match="not logged in"),
    ):
        tools["list_orders"]()


def test_the_same_refund_is_paid_once_and_never_more_than_the_order(tools):
    refund = tools["refund"]
    assert refund(order_id="KW-2041", key="a", amount=5000)["refunded"] == 5000
    assert refund(order_id="KW-2041", key="a", amount=5000)["refunded"] == 5000
    assert tools["order_status"](order_id="KW-2041")["refunded"] == 5000
    for amount in (3361, 0, -1, float("nan")):
        with pytest.raises(ToolFailedMistake, match="Between 0 and 3360 JPY"):
            refund(order_id="KW-2041", key="b", amount=amount)
    assert refund(order_id="KW-2041", key="b")["refunded"] == 3360
    with pytest.raises(ToolFailedMistake, match="paid back already"):
        refund(order_id="KW-2041", key="c")


@pytest.mark.parametrize(
    ("arguments", "asks"),
    [
        ({"order_id": "KW-2041"}, False),
        ({"order_id": "KW-2007"}, True),
        ({"order_id": "kw-2007", "amount": 10000}, False),
        ({"order_id": "KW-2007", "amount": 10001}, True),
        ({"order_id": "KW-2038", "amount": 2127}, False),  # 9,996.9 yen
        ({"order_id": "KW-2038", "amount": 2128}, True),  # 10,001.6 yen
    ],
)
def test_a_refund_above_ten_thousand_yen_waits_for_a_person(tools, arguments, asks):
    assert tools["refund"].needs_approval({**arguments, "key": "k"}) is asks


def test_the_limit_is_not_passed_in_parts(tools):
    tools["refund"](order_id="KW-2007", key="a", amount=9000)
    assert not tools["refund"].needs_approval({"order_id": "KW-2007", "key": "b", "amount": 1000})
    assert tools["refund"].needs_approval({"order_id": "KW-2007", "key": "b", "amount": 1001})
    assert tools["refund"].needs_approval({"order_id": "KW-2007", "key": "b"})


def test_only_an_order_that_has_not_left_goes_elsewhere(tools):
    with pytest.raises(ToolFailedMistake, match="is shipped"):
        tools["change_address"](order_id="KW-2041", address="Osaka")
    with calling(Calling(thread="t", turn="1", user="C-1002")):
        changed = tools["change_address"](order_id="KW-2044", address="부산시 1")
    assert changed == {"order_id": "KW-2044", "address": "부산시 1"}


def test_the_same_ticket_is_opened_once(tools):
    first = tools["open_ticket"](subject="蓋", details="割れた", key="a")
    assert tools["open_ticket"](subject="蓋", details="割れた", key="a") == first
    assert tools["open_ticket"](subject="蓋", details="割れた", key="b") != first
