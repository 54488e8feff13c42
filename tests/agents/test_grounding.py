"""What nobody has said is not called with."""

from typing import Literal

import pytest

from dragoman.agents.grounding import ids_in, is_placeholder, ungrounded
from dragoman.tools import tool
from dragoman.tools.arguments import Id


@tool(effect="once")
def refund(order_id: str, amount: int = 0, note: str = "", kind: Literal["a", "b"] = "a") -> str:
    """Pay money back."""
    return f"{order_id} {amount} {note} {kind}"


@tool(effect="once")
def send(to: Id, email: str, phone: str = "") -> str:
    """Send something."""
    return to + email + phone


@pytest.mark.parametrize(
    ("arguments", "said", "names"),
    [
        ({"order_id": "A-2209"}, "注文Ａ－２２０９を返金してください", []),
        ({"order_id": "A2209"}, "order a-2209", []),
        ({"order_id": "A-1001"}, "Where is my order?", ["order_id"]),
        ({"order_id": "unknown"}, "It is unknown to me", ["order_id"]),
        ({"order_id": "$1.order_id"}, "my latest order", []),
        ({"order_id": "A-7", "amount": 12000}, "A-7を１２，０００円", []),
        ({"order_id": "A-7", "amount": 12000}, "A-7, 1.2万円", []),
        ({"order_id": "A-7", "amount": 500}, "refund A-7", ["amount"]),
        ({"order_id": "A-7", "amount": 2}, "zwei Stück von A-7", []),
        ({"order_id": "A-7", "note": "see RC-300"}, "A-7 is broken", ["note"]),
        ({"order_id": "A-7", "note": "broken"}, "A-7 ist kaputt", []),
        ({"order_id": "٧٧-A"}, "طلب رقم 77-A", []),
    ],
)
def test_ids_and_amounts_must_have_been_said(arguments, said, names):
    assert ungrounded(refund, arguments, [said]) == names


def test_an_argument_that_is_marked_as_an_id_must_have_been_said_whatever_it_looks_like():
    arguments = {"to": "Keiko", "email": "kim@example.com", "phone": "+82 10-1234-5678"}
    assert ungrounded(send, arguments, ["to kim@example.com, 010 1234 5678"]) == ["to", "phone"]
    assert ungrounded(send, arguments, ["Keiko kim@example.com +821012345678"]) == []


def test_ids_are_found_in_any_script():
    assert ids_in("注文 Ａ－２２０９ と kim@example.com") == ["kim@example.com", "A-2209"]


@pytest.mark.parametrize("value", ["", "<order_id>", "N/A", "unknown", "...", "your_order_id"])
def test_placeholders_are_known(value):
    assert is_placeholder(value)
