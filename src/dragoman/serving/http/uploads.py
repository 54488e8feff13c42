"""Files that people upload: named safely, kept in the data folder, given to the memory."""

from __future__ import annotations

import re
import shutil
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO

from dragoman.errors import DocumentError, InvalidInputError
from dragoman.memory import IngestProgress, IngestReport, Memory
from dragoman.memory.load import LOADERS
from dragoman.memory.tenancy import folder_name

_LONGEST_NAME = 120
"""Bytes of a file's name in UTF-8, ending included; file systems allow 255."""

_UNSAFE = re.compile(r'[<>:"|?*\x00-\x1f\x7f]')


class Uploads:
    """The uploaded files of one tenant.

    They stay where the memory has read them, so that `dragoman ingest` of the folder finds them
    unchanged; a file of the same name takes the earlier one's place.
    """

    def __init__(self, home: Path, tenant: str) -> None:
        """Use the tenant's folder of the data folder."""
        self.folder = home / "uploads" / folder_name(tenant)

    def keep(self, files: Sequence[tuple[str, BinaryIO]]) -> list[Path]:
        """Write files into the folder, each whole or not at all; their paths.

        Raises:
            InvalidInputError: no file, a name without anything usable, or the same name twice.
            DocumentError: a kind of file that cannot be read.
        """
        names = [safe_name(name) for name, _ in files]
        if not names:
            raise InvalidInputError(
                "There is no file.", cure="Send one or more as the form's part `files`."
            )
        if len(set(names)) < len(names):
            raise InvalidInputError("Two files have the same name.", cure="Rename one of them.")
        self.folder.mkdir(parents=True, exist_ok=True)
        paths = []
        for name, (_, source) in zip(names, files, strict=True):
            path = self.folder / name
            part = path.with_name(f".{path.name}.part")
            try:
                with part.open("wb") as target:
                    shutil.copyfileobj(source, target)
                part.replace(path)
            finally:
                part.unlink(missing_ok=True)
            paths.append(path)
        return paths

    def ingest(
        self, memory: Memory, paths: Sequence[Path], progress: Callable[[IngestProgress], None]
    ) -> IngestReport:
        """Put kept files into the memory; what could not be read is not kept."""
        report = memory.ingest(paths, progress=progress)
        failed = {one.source for one in report.failed}
        for path in paths:
            if path.name in failed or str(path) in failed:
                path.unlink(missing_ok=True)
        return report

    def path_of(self, source: str) -> Path | None:
        """The uploaded file that a document came from; None when it was not uploaded."""
        try:
            path = self.folder / safe_name(source)
        except (InvalidInputError, DocumentError):
            return None
        return path if path.name == source and path.is_file() else None

    def names(self) -> set[str]:
        """Names of the uploaded files."""
        return {path.name for path in self.folder.glob("*")} if self.folder.is_dir() else set()


def safe_name(name: str) -> str:
    """A file's name without folders, controls, invisible characters and a leading dot.

    Raises:
        InvalidInputError: nothing is left.
        DocumentError: a kind of file that cannot be read.
    """
    name = unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode())
    name = name.replace("\\", "/").rpartition("/")[2]
    name = "".join(char for char in name if unicodedata.category(char) not in {"Cf", "Cc", "Co"})
    name = _UNSAFE.sub("_", name).strip().lstrip(".")
    stem, suffix = Path(name).stem.strip(), Path(name).suffix.lower()
    if not stem or not suffix:
        raise InvalidInputError(
            "The file has no usable name.", cure="Send a name such as `handbook.pdf`."
        )
    if suffix not in LOADERS:
        raise DocumentError(
            f"Files of the kind {suffix!r:.20} cannot be read.",
            cure=f"Known are {' '.join(sorted(LOADERS))}.",
        )
    room = _LONGEST_NAME - len(suffix)
    return stem.encode()[:room].decode("utf-8", "ignore").strip() + suffix
