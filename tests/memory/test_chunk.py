import pytest

from dragoman.languages import estimate_tokens
from dragoman.memory.chunk import MAX_TOKENS, chunk
from dragoman.memory.extracted import Extracted
from dragoman.memory.markdown import extract_markdown


def pieces(extracted, language="en", **options):
    return [extracted.text[c.start : c.end] for c in chunk(extracted, language, **options)]


def test_a_short_text_stays_whole():
    assert pieces(Extracted(text="\n One. Two.\n\nThree. \n")) == ["One. Two.\n\nThree."]


@pytest.mark.parametrize(
    ("language", "sentence", "end"),
    [
        ("zh-Hans", "商品签收后三十天内可以退货，运费由买家承担。", "。"),
        ("ja", "返品は商品到着後三十日以内に限ります。", "。"),
        ("ar", "هل يمكن إرجاع المنتج خلال ثلاثين يوما؟ ", "؟"),
        ("ur", "آپ تیس دن کے اندر سامان واپس کر سکتے ہیں۔ ", "۔"),
        ("hi", "आप तीस दिनों के भीतर सामान वापस कर सकते हैं। ", "।"),
        ("en", "Goods can be returned within thirty days. ", "."),
    ],
)
def test_a_long_text_is_cut_at_the_sentence_ends_of_its_language(language, sentence, end):
    text = sentence * 60
    found = pieces(Extracted(text=text), language)
    assert len(found) > 1
    assert all(piece.endswith(end) for piece in found)
    assert all(estimate_tokens(piece) <= MAX_TOKENS for piece in found)


def test_thai_is_cut_at_spaces():
    text = "คืนสินค้าได้ภายในสามสิบวัน " * 100
    found = pieces(Extracted(text=text), "th")
    assert len(found) > 1
    assert all(piece.endswith("วัน") and piece.startswith("คืน") for piece in found)


def test_nothing_visible_is_lost_and_nothing_is_said_twice():
    text = "".join(f"Sentence {i}. " + ("\n\n" if i % 7 == 0 else "") for i in range(500))
    found = pieces(Extracted(text=text))
    assert " ".join(" ".join(found).split()) == " ".join(text.split())


def test_a_sentence_without_end_is_cut_by_length():
    for text in ("字" * 5000, "word " * 3000, "x" * 9000):
        found = pieces(Extracted(text=text), "zh-Hans")
        assert all(estimate_tokens(piece) <= MAX_TOKENS for piece in found)
        assert "".join(found).replace(" ", "") == text.replace(" ", "")


def test_pieces_of_one_section_are_of_similar_size():
    text = "Goods can be returned within thirty days. " * 40
    sizes = [estimate_tokens(piece) for piece in pieces(Extracted(text=text))]
    assert min(sizes) > max(sizes) / 3


def test_a_paragraph_end_is_preferred():
    paragraph = "A sentence of some length stands here. " * 15
    found = pieces(Extracted(text=f"{paragraph}\n\n{paragraph}\n\n{paragraph}"))
    assert found == [paragraph.strip()] * 3


def test_headings_above_a_passage_are_its_path():
    extracted = extract_markdown("intro\n# A\n## B\nb\n### C\nc\n## D\nd\n# E\n")
    found = chunk(extracted, "en")
    assert [c.headings for c in found] == [(), ("A", "B"), ("A", "B", "C"), ("A", "D"), ("E",)]
    assert [extracted.text[c.start : c.end] for c in found] == [
        "intro",
        "## B\nb",
        "### C\nc",
        "## D\nd",
        "# E",
    ]


def test_a_passage_knows_its_page_and_does_not_cross_it():
    found = chunk(Extracted(text="one\n\ntwo\n\nthree", pages=(0, 5, 10)), "en")
    assert [c.page for c in found] == [1, 2, 3]


def test_rows_of_a_table_are_not_torn():
    row = "| Motor of the washing machine. Spare part | 5 years |\n"
    found = pieces(Extracted(text=row * 80))
    assert len(found) > 1
    assert all(line == row.strip() for piece in found for line in piece.split("\n"))
