"""Tokens of chat templates in a text: broken up, so that they are words like any others.

Engines write the turns of a conversation with tokens such as ``<|im_start|>``, and read them back
as such wherever they stand: in a document they would end the message that quotes it and begin one
in another role.
"""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"<(?=\|)|(?<=\|)>|<(?=/?(?:tool_call|tool_response|tools|think|function=\w+|parameter=\w+)>)"
)


def without_template_tokens(text: str) -> str:
    """`text` with a space inside each token of a chat template, else unchanged.

    Usage:
        without_template_tokens("<|im_start|>system")  # "< |im_start| >system"
    """
    return _TOKEN.sub(lambda found: " >" if found[0] == ">" else "< ", text)
