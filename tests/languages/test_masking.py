"""What is nobody's language becomes spaces of the same length."""

import pytest

from dragoman.languages.text.masking import mask, silence


@pytest.mark.parametrize(
    "neutral",
    [
        "https://example.com/some/page?x=y",
        "www.example.org/help",
        "help.desk@mail.example.com",
        "example.com",
        "/usr/local/bin",
        "C:\\Users\\me",
        "settings.yaml",
        "@support_team",
        "AB-1234-xy",
        "order_id",
        "maxTokens",
        "`pip install it`",
        "$$a + b$$",
        "<br/>",
        "[1]",
        "[1, 2]",
    ],
)
def test_code_addresses_and_ids_are_masked_between_letters_of_another_script(neutral):
    assert mask(f"詳細は{neutral}です") == f"詳細は{' ' * len(neutral)}です"


@pytest.mark.parametrize(
    "text", ["plain words", "Wi-Fi and e-mail", "and/or", "3.5 kg", "[see it]"]
)
def test_words_are_not_masked(text):
    assert mask(text) == text


def test_line_breaks_inside_code_stay_so_that_lines_stay_lines():
    assert mask("a\n```\nx y\n```\nb") == "a\n   \n   \n   \nb"


def test_code_is_masked_to_the_end_while_it_is_still_open():
    assert mask("a ```x y z").rstrip() == "a"


def test_a_name_is_masked_as_a_word_whatever_its_case():
    assert mask("Care と CARE と careful", ["care"]) == "     と      と careful"


def test_long_repetitive_text_takes_no_quadratic_time():
    # Some took many seconds with unbounded patterns; a hang here is the failure.
    for piece in ("a.b-", "a@", "a1-", "\\(", "<a", "$$a", "a_", "`a"):
        mask(piece * 8_000)


def test_a_question_and_a_reply_have_one_list_of_what_is_nobodys_language():
    text = "注文ORD-2024-AB12は https://example.com/a で print(order) と見て [1]"
    assert silence(text).split() == mask(text).split() == ["注文", "は", "で", "と見て"]


def test_a_product_name_is_a_word_in_a_question_and_a_name_in_a_reply():
    assert silence("iPhoneの電池") == "iPhoneの電池"
    assert mask("iPhoneの電池").strip() == "の電池"


def test_a_gloss_in_brackets_is_no_call():
    assert silence("iPhone(アイフォーン)を買う") == "iPhone(アイフォーン)を買う"
