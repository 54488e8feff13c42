"""Text files below one folder, to be listed and read."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path

from dragoman.errors import DocumentError, ToolFailedMistake
from dragoman.memory.encodings import decode
from dragoman.tools.builtin.fences import Fence, Listed
from dragoman.tools.tool import Tool, tool

LARGEST_FILE = 1_000_000
"""Bytes of the largest file that is read, unless the maker says otherwise."""

_MOST_LISTED = 100


def make_list_files(root: Path) -> Tool:
    """The tool `list_files` over the folder `root`.

    Raises:
        ConfigurationError: `root` is not a folder.
    """
    fence = Fence(root)

    @tool(name="list_files", effect="none")
    def list_files(folder: str = "", pattern: str = "*") -> list[str]:
        """List the files and folders in the shared folder; folders end with /.

        Args:
            folder: Folder to look into; leave it out for the top.
            pattern: Names to show, for example *.md; leave it out for all.
        """
        wanted = [entry for entry in fence.list(folder) if _matches(entry, pattern)]
        shown = [_line(entry) for entry in wanted[:_MOST_LISTED]]
        if len(wanted) > _MOST_LISTED:
            shown.append(f"… and {len(wanted) - _MOST_LISTED} more; narrow them with pattern")
        return shown

    return list_files


def make_read_file(root: Path, *, largest: int = LARGEST_FILE) -> Tool:
    """The tool `read_file` over the folder `root`.

    Args:
        root: Folder that no path can leave.
        largest: Bytes of the largest file that is read.

    Raises:
        ConfigurationError: `root` is not a folder.
    """
    fence = Fence(root)

    @tool(name="read_file", effect="none")
    def read_file(path: str) -> str:
        """Read a text file of the shared folder.

        Args:
            path: As list_files shows it, for example policies/refunds.md.
        """
        data = fence.read(path, most=largest)
        try:
            return decode(data).text
        except DocumentError as error:
            raise ToolFailedMistake(f"{path!r} cannot be read as text. {error.message}") from error

    return read_file


def _matches(entry: Listed, pattern: str) -> bool:
    return fnmatchcase(entry.name.casefold(), pattern.casefold() or "*")


def _line(entry: Listed) -> str:
    return f"{entry.name}/" if entry.is_folder else f"{entry.name} ({entry.size} bytes)"
