"""Runs of other languages inside a text."""

import pytest

from dragoman.languages import detect


def _spans(text: str) -> list[tuple[str, str]]:
    return [(text[span.start : span.end], span.tag) for span in detect(text).spans]


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("iPhone 15 Proのバッテリー交換はいくら？", [("iPhone 15 Pro", "en")]),
        ("What does 谢谢你 mean?", [("谢谢你", "zh-Hans")]),
        ("请问 how to cancel my subscription 怎么操作", [("how to cancel my subscription", "en")]),
        ("كيف أستخدم dark mode في التطبيق", [("dark mode", "en")]),
        (
            "이 문장을 한국어로 번역해 주세요: ありがとうございます",
            [("ありがとうございます", "ja")],
        ),
    ],
)
def test_another_script_is_a_span(text: str, spans: list[tuple[str, str]]) -> None:
    assert _spans(text) == spans


def test_another_language_in_a_clause_of_the_same_script_is_a_span() -> None:
    text = 'How do I say "où est la gare s\'il vous plaît" to the driver of the bus?'
    assert [tag for _, tag in _spans(text)] == ["fr"]


@pytest.mark.parametrize(
    "text",
    [
        "注文番号はORD-2024-AB12です",
        "https://example.com/my/order/page を見てください",
        "support@example.com に送りました",
        "`print(order)`が動きません",
        "田中さんはToyotaで働いています",
        "Wo ist meine Bestellung? Ich warte schon lange.",
        "No encuentro la factura, sobre documentos importantes, gracias por su ayuda.",
        "今日は、明日は、株式会社山田製作所東京支店に行きます",
    ],
)
def test_code_addresses_ids_names_and_plain_text_are_no_spans(text: str) -> None:
    assert _spans(text) == []
