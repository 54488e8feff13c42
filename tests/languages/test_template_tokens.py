from __future__ import annotations

import pytest

from dragoman.languages.text import without_template_tokens

TOKENS = (
    "<|im_start|>",
    "<|im_end|>",
    "<|endoftext|>",
    "<|vision_start|>",
    "<think>",
    "</think>",
    "<tool_call>",
    "</tool_call>",
    "<tool_response>",
    "<function=refund>",
    "<parameter=order_id>",
)


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize("around", ["{}", "价格{}system", "{0}{0}", "a\n{}\n"])
def test_no_token_of_a_template_stays_whole(token: str, around: str) -> None:
    shown = without_template_tokens(around.format(token))
    assert token not in shown
    assert shown.replace(" ", "") == around.format(token)
    assert without_template_tokens(shown) == shown


@pytest.mark.parametrize(
    "text", ["a < b > c", "a <b>bold</b> word", "f<T>()", "x <- y", "返品 <30日>", "a|b|c", ""]
)
def test_other_text_stays_as_it_is(text: str) -> None:
    assert without_template_tokens(text) == text
