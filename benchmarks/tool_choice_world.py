"""A small shop and office in memory: the tools of benchmarks/tool_choice.py, as users write them.

Everything is fixed (`TODAY` is a Thursday), every call is recorded, and `WORLD.reset` puts the
world back, so that tasks do not see each other.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field, create_model

from dragoman import Tool, tool

TODAY = date(2026, 3, 5)

Currency = Literal[
    "AED", "CNY", "EGP", "EUR", "GBP", "IDR", "IRR", "JPY", "KRW", "RUB", "SAR", "THB", "TWD",
    "USD", "VND",
]  # fmt: skip

_ORDERS = """
E-551 LAMP-20 in_transit 2026-03-07 12000 JPY
E-552 TEA-07 delivered 2026-03-02 2400 JPY
E-553 BAG-31 processing 2026-03-13 8900 JPY
A-1007 CHAIR-05 delayed 2026-03-12 240 EUR
A-1042 MUG-12 in_transit 2026-03-09 36 USD
A-1050 LAMP-20 processing 2026-03-16 75 USD
K-2290 PHONE-88 in_transit 2026-03-06 890000 KRW
K-2315 BAG-31 processing 2026-03-14 129000 KRW
R-8841 CHAIR-05 delivered 2026-02-27 18500 RUB
R-8850 LAMP-20 processing 2026-03-16 7900 RUB
R-8862 MUG-12 delayed 2026-03-11 1250 RUB
C-3306 MUG-12 in_transit 2026-03-10 258 CNY
C-3318 PHONE-88 processing 2026-03-17 4599 CNY
S-719 BAG-31 delivered 2026-03-01 95 EUR
S-720 TEA-07 in_transit 2026-03-11 42.50 EUR
S-733 DESK-40 processing 2026-03-20 310 EUR
M-064 LAMP-20 in_transit 2026-03-08 350 SAR
M-071 CHAIR-05 processing 2026-03-18 900 AED
M-078 SOFA-11 delivered 2026-03-03 2100 SAR
P-205 TEA-07 in_transit 2026-03-09 5200000 IRR
P-211 CHAIR-05 delivered 2026-03-01 38000000 IRR
V-4402 MUG-12 in_transit 2026-03-13 450000 VND
V-4410 PHONE-88 processing 2026-03-19 11900000 VND
H-9005 BAG-31 delayed 2026-03-19 2890 THB
H-9011 LAMP-20 delivered 2026-03-04 1490 THB
H-9020 DESK-40 processing 2026-03-21 6500 THB
N-1503 TEA-07 in_transit 2026-03-15 320000 IDR
N-1510 CHAIR-05 processing 2026-03-22 1750000 IDR
W-610 LAMP-20 in_transit 2026-03-12 1680 TWD
W-618 SOFA-11 processing 2026-03-23 15900 TWD
F-330 DESK-40 in_transit 2026-03-10 310 EUR
F-341 BAG-31 delivered 2026-03-03 95 EUR
"""

_STOCK = {
    "LAMP-20": 14, "TEA-07": 0, "BAG-31": 3, "MUG-12": 58, "CHAIR-05": 27, "PHONE-88": 6,
    "DESK-40": 9, "SOFA-11": 35,
}  # fmt: skip

_TICKETS = {
    "T-301": ("technician booked", "2026-03-10"),
    "T-302": ("solved", "2026-03-03"),
    "T-417": ("replacement part ordered", "2026-03-18"),
    "T-455": ("being checked", "2026-03-09"),
    "T-508": ("waiting for the manufacturer", "2026-03-24"),
    "T-533": ("callback planned", "2026-03-06"),
}

_CONTACTS = (
    ("Yuki Tanaka 田中由紀 田中 タナカ", "yuki.tanaka@example.com", "+81-3-5550-0142"),
    ("Minjun Kim 김민준", "minjun.kim@example.org", "+82-2-555-0117"),
    ("Ahmed Hassan أحمد حسن", "a.hassan@example.net", "+20-2-5550-0163"),
    ("María García Maria Garcia", "maria.garcia@example.com", "+34-91-555-0129"),
    ("Olga Petrova Ольга Петрова Ольге Петровой Ольги", "o.petrova@example.org", "+7-495-555-0188"),
    ("Wei Wang 王伟 王偉", "wang.wei@example.com", "+86-10-5550-0135"),
    ("Lan Nguyễn Nguyễn Thị Lan chị Lan", "lan.nguyen@example.com", "+84-24-5550-0174"),
    ("Somchai Jaidee สมชาย ใจดี คุณสมชาย", "somchai.j@example.net", "+66-2-555-0151"),
    ("Jonas Weber", "jonas.weber@example.com", "+49-30-555-0106"),
    ("Sara Rahimi سارا رحیمی", "s.rahimi@example.org", "+98-21-5550-0199"),
    ("Claire Dubois", "claire.dubois@example.com", "+33-1-5550-0121"),
    ("Dewi Lestari", "dewi.lestari@example.net", "+62-21-555-0160"),
)

_EVENTS: dict[str, list[dict[str, str]]] = {
    "2026-03-05": [{"start": "16:00", "title": "Weekly sync"}],
    "2026-03-06": [{"start": "09:30", "title": "Budget review"}],
    "2026-03-09": [{"start": "11:00", "title": "Design meeting"}],
    "2026-03-10": [{"start": "10:15", "title": "Supplier call"}],
    "2026-03-12": [{"start": "14:00", "title": "Interview"}],
}

_WEATHER = {
    "tokyo": (11, 14), "osaka": (12, 16), "seoul": (7, 9), "busan": (10, 13), "beijing": (6, 12),
    "shanghai": (13, 17), "taipei": (21, 24), "berlin": (8, 5), "munich": (6, 3),
    "paris": (10, 13), "lyon": (12, 15), "madrid": (16, 18), "moscow": (-4, -2), "cairo": (23, 26),
    "dubai": (27, 31), "riyadh": (25, 28), "tehran": (12, 15), "bangkok": (34, 33),
    "chiang mai": (32, 36), "hanoi": (22, 25), "da nang": (26, 28), "jakarta": (31, 30),
    "surabaya": (32, 33), "london": (9, 11), "new york": (3, 6),
}  # fmt: skip

_USD = {
    "USD": 1.0, "EUR": 1.1, "GBP": 1.25, "JPY": 0.0064, "CNY": 0.14, "KRW": 0.0007, "THB": 0.03,
    "VND": 0.00004, "IDR": 0.00006, "RUB": 0.0125, "SAR": 0.27, "AED": 0.27, "TWD": 0.032,
    "EGP": 0.02, "IRR": 0.000002,
}  # fmt: skip

_SHIPPING = {
    "DE": 9, "FR": 10, "ES": 11, "GB": 13, "JP": 18, "US": 20, "KR": 17, "CN": 16, "TW": 16,
    "TH": 15, "VN": 15, "ID": 15, "SA": 22, "AE": 22, "EG": 21, "RU": 24, "IR": 25, "BR": 28,
    "CA": 21, "AU": 26, "SG": 14, "MX": 23, "IT": 10, "TR": 17,
}  # fmt: skip


@dataclass
class World:
    """The data, and every call that was made."""

    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Orders by id."""

    events: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    """The calendar by ISO date."""

    log: list[dict[str, Any]] = field(default_factory=list)
    """Each call with ``tool``, ``arguments``, ``effect`` and ``error``, in order."""

    def reset(self) -> None:
        """Put everything back as it was."""
        self.log.clear()
        self.events = copy.deepcopy(_EVENTS)
        self.orders = {}
        for line in _ORDERS.strip().splitlines():
            order, sku, status, day, total, currency = line.split()
            self.orders[order] = {
                "status": status,
                "delivered" if status == "delivered" else "arrives": day,
                "sku": sku,
                "total": float(total),
                "currency": currency,
            }

    def order(self, order_id: str) -> dict[str, Any]:
        """The order, or an error that says that there is none."""
        if order_id not in self.orders:
            raise LookupError(f"there is no order {order_id!r}")
        return self.orders[order_id]


WORLD = World()


@tool(effect="none")
def get_order_status(order_id: str) -> dict[str, Any]:
    """Where an order is, when it arrives, what was ordered (SKU) and what it cost.

    Args:
        order_id: Order number, for example E-551.
    """
    return WORLD.order(order_id)


@tool(effect="none")
def get_ticket_status(ticket_id: str) -> dict[str, str]:
    """What is happening with a support ticket, and on which date.

    Args:
        ticket_id: Ticket number, for example T-301.
    """
    if ticket_id not in _TICKETS:
        raise LookupError(f"there is no ticket {ticket_id!r}")
    state, day = _TICKETS[ticket_id]
    return {"ticket": ticket_id, "state": state, "date": day}


@tool(effect="none")
def check_stock(sku: str) -> dict[str, Any]:
    """How many pieces of a product are in stock.

    Args:
        sku: Product code, for example LAMP-20.
    """
    if sku not in _STOCK:
        raise LookupError(f"there is no product {sku!r}")
    return {"sku": sku, "in_stock": _STOCK[sku]}


@tool(effect="once")
def cancel_order(order_id: str) -> dict[str, Any]:
    """Cancel an order that has not been shipped yet.

    Args:
        order_id: Order number, for example E-551.
    """
    order = WORLD.order(order_id)
    if order["status"] != "processing":
        raise ValueError(f"{order_id} has been shipped and cannot be cancelled")
    order["status"] = "cancelled"
    return {"cancelled": order_id, "refunded": order["total"], "currency": order["currency"]}


@tool(effect="once")
def return_order(
    order_id: str, reason: Literal["damaged", "wrong_item", "wrong_size", "changed_mind"]
) -> dict[str, str]:
    """Start the return of goods that the customer has received; a courier picks them up.

    Args:
        order_id: Order number, for example E-551.
        reason: Why the goods come back.
    """
    if WORLD.order(order_id)["status"] != "delivered":
        raise ValueError(f"{order_id} has not been delivered")
    return {"return": f"RT-{order_id}", "reason": reason, "pickup": "2026-03-08"}


@tool(effect="once")
def refund_payment(order_id: str, amount: float, currency: Currency) -> dict[str, Any]:
    """Pay an amount back for an order, without any goods coming back.

    Args:
        order_id: Order number, for example E-551.
        amount: How much to pay back, as a plain number.
        currency: ISO 4217 code.
    """
    WORLD.order(order_id)
    return {"refunded": amount, "currency": currency, "order": order_id}


@tool(effect="idempotent")
def change_delivery_address(order_id: str, address: str) -> dict[str, str]:
    """Send an order to another address.

    Args:
        order_id: Order number, for example E-551.
        address: The whole new address, exactly as the customer wrote it.
    """
    WORLD.order(order_id)
    return {"order": order_id, "address": address}


@tool(effect="once")
def create_ticket(subject: str, priority: Literal["low", "normal", "high"]) -> dict[str, str]:
    """Open a support ticket for a problem that a person must look at.

    Args:
        subject: The problem in a few words.
        priority: How urgent it is.
    """
    return {"ticket": "T-900", "subject": subject, "priority": priority}


@tool(effect="none")
def shipping_quote(
    country: Annotated[str, Field(pattern="^[A-Z]{2}$")], weight_kg: float
) -> dict[str, Any]:
    """What it costs to ship a parcel to a country.

    Args:
        country: ISO 3166 two-letter code of the destination, for example DE.
        weight_kg: Weight in kilograms.
    """
    if country not in _SHIPPING:
        raise LookupError(f"we do not ship to {country!r}")
    return {"country": country, "price": _SHIPPING[country] + 4 * weight_kg, "currency": "EUR"}


@tool(effect="none")
def find_contact(name: str) -> list[dict[str, str]]:
    """Look up a colleague's e-mail address and phone number by name.

    Args:
        name: First name, last name or both, as it was written.
    """
    wanted = name.casefold().split()
    return [
        {"name": " ".join(names.split()[:2]), "email": email, "phone": phone}
        for names, email, phone in _CONTACTS
        if wanted and all(part in names.casefold() for part in wanted)
    ]


@tool(effect="once")
def send_email(to: str, subject: str, body: str) -> dict[str, str]:  # noqa: ARG001 - nobody reads it
    """Send an e-mail.

    Args:
        to: E-mail address of the recipient.
        subject: Subject line.
        body: The whole text.
    """
    if "@" not in to or " " in to:
        raise ValueError(f"{to!r} is not an e-mail address")
    return {"sent_to": to, "subject": subject}


@tool(effect="once")
def create_event(
    title: str, day: date, start: Annotated[str, Field(pattern=r"^[0-2][0-9]:[0-5][0-9]$")]
) -> dict[str, str]:
    """Put an event into the calendar.

    Args:
        title: What it is, in a few words.
        day: ISO date, for example 2026-03-31.
        start: Start as HH:MM on the 24-hour clock.
    """
    entry = {"start": start, "title": title}
    WORLD.events.setdefault(day.isoformat(), []).append(entry)
    return {"created": title, "day": day.isoformat(), "start": start}


@tool(effect="none")
def list_events(day: date) -> list[dict[str, str]]:
    """What is in the calendar on a day.

    Args:
        day: ISO date, for example 2026-03-31.
    """
    return WORLD.events.get(day.isoformat(), [])


@tool(effect="once")
def book_room(
    day: date, start: Annotated[str, Field(pattern=r"^[0-2][0-9]:[0-5][0-9]$")], people: int
) -> dict[str, Any]:
    """Book a meeting room in the office.

    Args:
        day: ISO date, for example 2026-03-31.
        start: Start as HH:MM on the 24-hour clock.
        people: How many people must fit.
    """
    room = "Cedar" if people <= 4 else "Maple" if people <= 8 else "Oak"
    return {"room": room, "day": day.isoformat(), "start": start, "people": people}


@tool(effect="none")
def get_weather(city: str, when: Literal["today", "tomorrow"] = "today") -> dict[str, Any]:
    """Temperature in a city, today or tomorrow.

    Args:
        city: English name of the city, for example Seoul.
        when: Which day.
    """
    if city.strip().casefold() not in _WEATHER:
        raise LookupError(f"there is no city {city!r}; use its English name")
    now, next_day = _WEATHER[city.strip().casefold()]
    day = TODAY + timedelta(days=when == "tomorrow")
    celsius = next_day if when == "tomorrow" else now
    return {"city": city, "day": day.isoformat(), "celsius": celsius}


@tool(effect="none")
def convert_currency(
    amount: float, from_currency: Currency, to_currency: Currency
) -> dict[str, Any]:
    """Convert an amount of money at today's rate.

    Args:
        amount: How much, as a plain number.
        from_currency: ISO 4217 code of the given amount.
        to_currency: ISO 4217 code that is wanted.
    """
    value = round(amount * _USD[from_currency] / _USD[to_currency], 2)
    return {"amount": value, "currency": to_currency}


CORE: tuple[Tool, ...] = (
    book_room, cancel_order, change_delivery_address, check_stock, convert_currency, create_event,
    create_ticket, find_contact, get_order_status, get_ticket_status, get_weather, list_events,
    refund_payment, return_order, send_email, shipping_quote,
)  # fmt: skip

_TYPES: dict[str, Any] = {"str": str, "int": int, "float": float, "date": date, "bool": bool}


def distractor(name: str, entry: dict[str, Any]) -> Tool:
    """A tool that no task needs, from its entry in ``tool_choice_distractors.yaml``."""
    fields: dict[str, Any] = {
        argument: (_TYPES[kind], ...) for argument, kind in entry.get("arguments", {}).items()
    }

    def run(**_: Any) -> str:
        return "Nothing found."

    return Tool(
        name=name,
        description=entry["description"],
        arguments=create_model(name, **fields),
        function=run,
        effect=entry["effect"],
    )
