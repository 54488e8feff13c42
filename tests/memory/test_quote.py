import pytest


@pytest.fixture
def passage(memory):
    memory.add_texts(
        ["intro.\n\nReturn it within  100 days — “unused”. ＡＢＣ 返品は 三十日以内です。"],
        ids=["a"],
    )
    return memory.search("return days")[0]


@pytest.mark.parametrize(
    ("quote", "exact"),
    [
        ("within  100 days", True),
        (" 100 days ", True),
        ("within 100 days", False),
        ("RETURN IT", False),
        ('days - "unused"', False),
        ("ABC", False),
        ("返品は三十日以内です", False),
    ],
)
def test_a_quote_is_found_where_it_stands(memory, passage, quote, exact):
    found = memory.verify(passage, quote)
    assert found is not None
    assert found.exact is exact
    assert memory.document_text("a")[found.start : found.end] == found.text
    assert found.text.strip() == found.text


@pytest.mark.parametrize(
    "quote", ["", " ", "within 90 days", "10", "00 days", "days of", "返品は三十一日", "\n"]
)
def test_words_that_do_not_stand_there_are_no_quote(memory, passage, quote):
    assert memory.verify(passage, quote) is None


def test_a_quote_is_checked_against_what_is_stored_now(memory, passage):
    memory.add_texts(["Return it within 5 days."], ids=["a"])
    assert memory.verify(passage, "100 days") is None
