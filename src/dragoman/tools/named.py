"""A tool by its name in a file: ``package.module:function`` or ``file.py:function``."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from dragoman.errors import ToolDefinitionError
from dragoman.tools.tool import Tool, as_tool


def named_tool(name: str, *, folder: Path) -> Tool:
    """Import the tool.

    The file or the module is run, as any import is: name only code that you trust.

    Args:
        name: ``package.module:function``, or ``file.py:function`` with the file below `folder`.
        folder: Where files are looked for.

    Raises:
        ToolDefinitionError: there is no such file, module or function, or it is no tool.
    """
    return as_tool(_named(name, folder))


def named_function(name: str, *, folder: Path) -> Callable[..., Any]:
    """Import a function that is no tool, by the same kind of name.

    Raises:
        ToolDefinitionError: there is no such file, module or function.
    """
    found = _named(name, folder)
    if not callable(found):
        raise ToolDefinitionError(f"{name!r} is no function.", cure="Name one that can be called.")
    return found  # type: ignore[no-any-return] # whatever can be called


def _named(name: str, folder: Path) -> Any:
    where, _, function = name.partition(":")
    if not where or not function:
        raise ToolDefinitionError(
            f"{name!r} names no tool.", cure="Write module:function or file.py:function."
        )
    try:
        module = _from_file(folder / where) if where.endswith(".py") else _from_path(where)
        return getattr(module, function)
    except ToolDefinitionError:
        raise
    except Exception as error:
        raise ToolDefinitionError(
            f"The tool {name!r} cannot be imported: {type(error).__name__}: {error}",
            cure="Import it in a Python shell to see where it fails.",
        ) from error


def _from_path(name: str) -> ModuleType:
    return importlib.import_module(name)


def _from_file(path: Path) -> ModuleType:
    path = path.resolve()
    name = f"dragoman_tools_{path.stem}_{abs(hash(str(path)))}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise ToolDefinitionError(f"There is no file {path}.", cure="Check the name.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module
