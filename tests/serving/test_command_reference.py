"""The page that lists every command and option says what the commands are."""

from __future__ import annotations

import importlib.util
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "docs" / "command_reference.py"


def test_the_page_lists_the_commands_as_they_are() -> None:
    spec = importlib.util.spec_from_file_location("command_reference", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    written = script.PAGE.read_text("utf-8")
    assert script.reference() == written, "Write it anew: python docs/command_reference.py"
    for command in ("`dragoman ask [OPTIONS] TEXT`", "`dragoman models pull"):
        assert command in written
