"""The prompts: a byte-stable beginning, then what changes, in the order in which it changes."""
