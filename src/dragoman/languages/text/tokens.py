"""How many tokens a text is likely to be for Qwen's tokenizer, without loading one."""

from __future__ import annotations

from dragoman.languages.text.scripts import counts

# Tokens a letter of each script.
_RATES = {
    "Hani": 0.72, "Kana": 0.68, "Hang": 0.85, "Arab": 0.52, "Cyrl": 0.40, "Thai": 0.55,
    "Deva": 0.85, "Latn": 0.27, "Grek": 0.6, "Hebr": 0.6,
}  # fmt: skip


def estimate_tokens(text: str) -> int:
    """About how many tokens `text` is; 0 only for an empty text."""
    if not text:
        return 0
    letters = counts(text)
    rest = len(text) - sum(letters.values()) - text.count(" ")
    return max(1, round(sum(_RATES[script] * n for script, n in letters.items()) + 0.8 * rest))
