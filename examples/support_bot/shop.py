"""The tools of the support bot, on the shop's own database.

Who asks is never an argument: it comes with the question (`user`), from the program that knows who
is logged in, so no model can be talked into another customer's orders.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dragoman import Settings, tool
from dragoman.errors import ToolFailedMistake
from dragoman.tools import Example
from dragoman.tools.arguments import Id
from dragoman.tools.calling import current_calling

_SCRIPT = Path(__file__).with_name("shop.sql")


def database() -> Path:
    """The shop's database (``SHOP_DB``, else in the data folder), made when it is missing."""
    named = os.environ.get("SHOP_DB")
    path = Path(named) if named else Settings().home / "support_bot_shop.sqlite"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        # Made beside it and linked, so that nobody sees half a shop and no shop replaces another.
        handle, name = tempfile.mkstemp(dir=path.parent, prefix="shop-")
        os.close(handle)
        with closing(sqlite3.connect(name)) as connection, connection:
            connection.executescript(_SCRIPT.read_text("utf-8"))
        with suppress(FileExistsError):
            os.link(name, path)
        Path(name).unlink()
    return path


@contextmanager
def shop() -> Iterator[sqlite3.Connection]:
    """The database inside one transaction."""
    with closing(sqlite3.connect(database(), timeout=10, isolation_level=None)) as connection:
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("BEGIN IMMEDIATE")
        with connection:
            yield connection


def customer() -> str:
    """Who is logged in: the question's user, or ``SHOP_CUSTOMER`` to try the shop out."""
    found = current_calling().user or os.environ.get("SHOP_CUSTOMER", "")
    if not found:
        raise ToolFailedMistake("The customer is not logged in; they must log in first.")
    return found


@tool(
    effect="none",
    trusted=True,
    hints={
        "ja": "自分の注文の一覧",
        "ko": "내 주문 목록",
        "zh-Hant": "我的訂單一覽",
        "th": "รายการคำสั่งซื้อของฉัน",
        "ar": "قائمة طلباتي",
    },
    examples=(Example(question="What have I ordered?", arguments={}),),
)
def list_orders() -> list[dict[str, Any]]:
    """List the customer's own orders, when they give no order number."""
    with shop() as connection:
        rows = connection.execute(
            "SELECT * FROM orders WHERE customer = ? ORDER BY ordered_on DESC LIMIT 10",
            (customer(),),
        ).fetchall()
        return [_summary(connection, row) for row in rows]


@tool(
    effect="none",
    trusted=True,
    hints={
        "ja": "注文番号で注文の状況と配達予定日を調べる",
        "ko": "주문 번호로 주문 상태와 배송 예정일 조회",
        "zh-Hant": "以訂單編號查詢訂單狀態與預計送達日",
        "th": "ตรวจสอบสถานะคำสั่งซื้อและวันที่จะได้รับของ",
        "ar": "حالة الطلب وموعد التسليم برقم الطلب",
    },
    examples=(
        Example(question="注文KW-9001はいつ届きますか。", arguments={"order_id": "KW-9001"}),
    ),
)
def order_status(order_id: Id) -> dict[str, Any]:
    """Where one order is and when it will arrive, by its number such as KW-9001."""
    with shop() as connection:
        row = _own(connection, order_id)
        refunded = _refunded(connection, row["id"])
        return {
            **_summary(connection, row),
            "carrier": row["carrier"],
            "tracking": row["tracking"],
            "expected_on": row["expected_on"],
            **({"refunded": refunded} if refunded else {}),
        }


@tool(
    effect="once",
    idempotency_key="key",
    trusted=True,
    hints={
        "ja": "注文の代金を返金する",
        "ko": "주문 금액 환불",
        "zh-Hant": "訂單退款",
        "th": "คืนเงินคำสั่งซื้อ",
        "ar": "استرداد مبلغ الطلب",
    },
    examples=(
        Example(question="Please refund my order KW-9002.", arguments={"order_id": "KW-9002"}),
    ),
)
def refund(order_id: Id, key: str, amount: float | None = None, reason: str = "") -> dict[str, Any]:
    """Pay an order back, when the customer asks for their money back.

    Args:
        order_id: Number of the order.
        key: Of the refund; the same one is never paid twice.
        amount: A part, in the order's currency; leave it out for all of it.
        reason: What the customer said is wrong.
    """
    with shop() as connection:
        row = _own(connection, order_id)
        made = connection.execute("SELECT amount FROM refunds WHERE key = ?", (key,)).fetchone()
        if made is None:
            left = _total(connection, row["id"]) - _refunded(connection, row["id"])
            paid = left if amount is None else amount
            if left <= 0:
                raise ToolFailedMistake(f"The order {row['id']} was paid back already.")
            if not 0 < paid <= left:
                raise ToolFailedMistake(f"Between 0 and {left} {row['currency']} can be paid back.")
            at = datetime.now(UTC).isoformat(timespec="seconds")
            connection.execute(
                "INSERT INTO refunds VALUES (?, ?, ?, ?, ?, ?)",
                (key, row["id"], paid, row["currency"], reason, at),
            )
        else:
            paid = made["amount"]
        return {"order_id": row["id"], "refunded": _plain(paid), "currency": row["currency"]}


@tool(
    effect="idempotent",
    trusted=True,
    hints={
        "ja": "届け先の住所を変更する",
        "ko": "배송지 주소 변경",
        "zh-Hant": "變更收件地址",
        "th": "เปลี่ยนที่อยู่จัดส่ง",
        "ar": "تغيير عنوان التوصيل",
    },
)
def change_address(order_id: Id, address: str) -> dict[str, Any]:
    """Send an order to another address, as long as it has not left.

    Args:
        order_id: Number of the order.
        address: The new address, as the customer wrote it.
    """
    with shop() as connection:
        row = _own(connection, order_id)
        if row["status"] != "paid":
            raise ToolFailedMistake(
                f"The order {row['id']} is {row['status']}; only one that has not left can be "
                "sent elsewhere."
            )
        connection.execute("UPDATE orders SET address = ? WHERE id = ?", (address, row["id"]))
        return {"order_id": row["id"], "address": address}


@tool(
    effect="once",
    idempotency_key="key",
    trusted=True,
    hints={
        "ja": "不具合や苦情の受付票を作る",
        "ko": "문제 접수",
        "zh-Hant": "建立客服案件",
        "th": "เปิดเรื่องแจ้งปัญหา",
        "ar": "فتح بلاغ عن مشكلة",
    },
)
def open_ticket(subject: str, details: str, key: str) -> dict[str, Any]:
    """Write a problem down for the workshop, when a product is broken or a part is missing.

    Args:
        subject: The problem in a few words.
        details: What the customer said, in their words.
        key: Of the ticket; the same one is never opened twice.
    """
    with shop() as connection:
        connection.execute(
            "INSERT OR IGNORE INTO tickets (key, customer, subject, details, opened_at) "
            "VALUES (?, ?, ?, ?, ?)",
            (key, customer(), subject, details, datetime.now(UTC).isoformat(timespec="seconds")),
        )
        row = connection.execute("SELECT number FROM tickets WHERE key = ?", (key,)).fetchone()
        return {"ticket": f"T-{row['number']:04}", "subject": subject}


def in_yen(arguments: Mapping[str, Any]) -> float:
    """What an order will have been paid back in yen, with this refund: the measure in agent.yaml.

    What was paid back before counts, so that no limit is passed in parts.
    """
    with shop() as connection:
        row = connection.execute(
            "SELECT orders.id, yen FROM orders JOIN rates USING (currency) WHERE orders.id = ?",
            (_number(arguments["order_id"]),),
        ).fetchone()
        if row is None:
            return 0.0  # there is nothing to pay back, and the tool says so
        amount = arguments.get("amount")
        if amount is None:
            return float(_total(connection, row["id"]) * row["yen"])
        return float((_refunded(connection, row["id"]) + amount) * row["yen"])


def _own(connection: sqlite3.Connection, order_id: str) -> sqlite3.Row:
    row = connection.execute(
        "SELECT * FROM orders WHERE id = ? AND customer = ?", (_number(order_id), customer())
    ).fetchone()
    if row is None:
        raise ToolFailedMistake(f"This customer has no order {order_id}.")
    return row


def _number(order_id: str) -> str:
    return order_id.strip().upper()


def _summary(connection: sqlite3.Connection, row: sqlite3.Row) -> dict[str, Any]:
    items = connection.execute('SELECT * FROM items WHERE "order" = ?', (row["id"],)).fetchall()
    return {
        "order_id": row["id"],
        "ordered_on": row["ordered_on"],
        "status": row["status"],
        "items": ", ".join(f"{item['product']} × {item['quantity']}" for item in items),
        "total": _plain(_total(connection, row["id"])),
        "currency": row["currency"],
    }


def _total(connection: sqlite3.Connection, order_id: str) -> float:
    query = 'SELECT SUM(quantity * price) FROM items WHERE "order" = ?'
    return connection.execute(query, (order_id,)).fetchone()[0] or 0


def _refunded(connection: sqlite3.Connection, order_id: str) -> float:
    query = 'SELECT SUM(amount) FROM refunds WHERE "order" = ?'
    return connection.execute(query, (order_id,)).fetchone()[0] or 0


def _plain(amount: float) -> float:
    return int(amount) if amount == int(amount) else amount
