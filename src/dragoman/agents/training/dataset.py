"""The folder that a training tool is pointed at: two splits, their description, a data card."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dragoman.agents.training.examples import Conversation
from dragoman.agents.training.formats import Definition, Format, row
from dragoman.errors import InvalidInputError
from dragoman.tools import Tool

NAME = "dragoman"


@dataclass(frozen=True, kw_only=True, slots=True)
class Exported:
    """What an export wrote."""

    folder: str
    """Where."""

    format: Format
    """For whom."""

    train: int
    """Conversations to learn from."""

    eval: int
    """Conversations to measure with, of other threads."""

    turns: int
    """Questions with their answers in both."""

    calls: int
    """Tool calls in both."""

    duplicates: int
    """Conversations that were left out because another says the same."""

    left_out: Mapping[str, int]
    """Turns that were left out, by reason."""

    languages: Mapping[str, int]
    """Conversations by language."""

    inferred_tools: tuple[str, ...] = ()
    """Tools whose definition was not at hand; their parameters were read off the calls."""


def write_dataset(
    folder: Path,
    found: Iterable[Conversation],
    *,
    form: Format,
    tools: Iterable[Tool],
    masker_name: str,
    left_out: Mapping[str, int],
    eval_percent: int = 10,
) -> Exported:
    """Write the conversations into `folder`, which must be new or empty.

    The split goes by a hash of the thread's id: a thread is in one half only, and in the same one
    at every export.

    Raises:
        InvalidInputError: there is something in the folder, or nothing to export.
    """
    if folder.exists() and any(folder.iterdir()):
        raise InvalidInputError(f"{folder} is not empty.", cure="Name a new folder.")
    kept, duplicates = _distinct(found)
    if not kept:
        raise InvalidInputError(
            "No thread has been found good from its beginning.",
            cure="Review some: dragoman threads review THREAD --turn 1 --accept",
        )
    definitions, inferred = _definitions(kept, {tool.name: tool for tool in tools})
    splits: dict[str, list[dict[str, Any]]] = {"train": [], "eval": []}
    for each in kept:
        half = "eval" if _place(each.thread) < eval_percent else "train"
        splits[half].append(row(each, [definitions[name] for name in _used(each)], form))
    if not splits["train"]:  # so few threads that all of them fell into one half
        splits = {"train": splits["eval"], "eval": []}
    exported = Exported(
        folder=str(folder),
        format=form,
        train=len(splits["train"]),
        eval=len(splits["eval"]),
        turns=sum(len(each.exchanges) for each in kept),
        calls=sum(len(s.calls) for each in kept for e in each.exchanges for s in e.steps),
        duplicates=duplicates,
        left_out=dict(left_out),
        languages=dict(Counter(each.language for each in kept).most_common()),
        inferred_tools=tuple(inferred),
    )
    folder.mkdir(parents=True, exist_ok=True)
    for half, rows in splits.items():
        if rows:
            lines = (json.dumps(each, ensure_ascii=False) + "\n" for each in rows)
            (folder / f"{half}.jsonl").write_text("".join(lines), "utf-8")
    if form == "llama-factory":
        described = {f"{NAME}_{half}": _description(half) for half, rows in splits.items() if rows}
        text = json.dumps(described, indent=2) + "\n"
        (folder / "dataset_info.json").write_text(text, "utf-8")
    (folder / "README.md").write_text(_card(exported, masker_name, eval_percent), "utf-8")
    return exported


def _distinct(found: Iterable[Conversation]) -> tuple[list[Conversation], int]:
    """Each conversation once; masking may have made two of them the same."""
    kept: dict[str, Conversation] = {}
    count = 0
    for each in found:
        count += 1
        said = json.dumps(row(each, [], "unsloth"), sort_keys=True).casefold()
        kept.setdefault(" ".join(said.split()), each)
    return list(kept.values()), count - len(kept)


def _place(thread: str) -> int:
    return int.from_bytes(hashlib.sha256(thread.encode()).digest()[:4], "big") % 100


def _used(found: Conversation) -> list[str]:
    names = (tool for e in found.exchanges for s in e.steps for tool, *_ in s.calls)
    return sorted(set(names))


def _definitions(
    found: Sequence[Conversation], known: Mapping[str, Tool]
) -> tuple[dict[str, Definition], list[str]]:
    """The tools that are used: as they are declared, else as they were called."""
    definitions: dict[str, Definition] = {}
    for name in sorted({name for each in found for name in _used(each)}):
        tool = known.get(name)
        description = "" if tool is None else tool.description
        parameters = _inferred(found, name) if tool is None else tool.schema
        definitions[name] = {
            "name": name,
            "description": description,
            "parameters": parameters,
        }
    return definitions, [name for name in definitions if name not in known]


def _inferred(found: Sequence[Conversation], name: str) -> dict[str, Any]:
    calls = (call for each in found for e in each.exchanges for s in e.steps for call in s.calls)
    values = {
        key: value for tool, given, _ in calls if tool == name for key, value in given.items()
    }
    kinds = ((bool, "boolean"), (int, "integer"), (float, "number"), (list, "array"))
    properties = {
        key: {"type": next((word for kind, word in kinds if isinstance(value, kind)), "string")}
        for key, value in sorted(values.items())
    }
    return {"type": "object", "properties": properties}


def _description(half: str) -> dict[str, Any]:
    return {
        "file_name": f"{half}.jsonl",
        "formatting": "sharegpt",
        "columns": {"messages": "conversations", "tools": "tools"},
        "tags": {
            "role_tag": "from",
            "content_tag": "value",
            "user_tag": "human",
            "assistant_tag": "gpt",
            "observation_tag": "observation",
            "function_tag": "function_call",
        },
    }


_USES: dict[Format, str] = {
    "llama-factory": "`dataset_dir: THIS FOLDER`, `dataset: dragoman_train`, "
    "`eval_dataset: dragoman_eval`. Thinking stands in `<think>` before a call.",
    "unsloth": '`load_dataset("json", data_files=…)`, then per row `tokenizer.apply_chat_template('
    'row["messages"], tools=json.loads(row["tools"] or "[]"))`. Arguments of calls are JSON texts; '
    "for a template that iterates over them (Qwen 3.5's) turn them into objects with `json.loads` "
    "first. Thinking stands in `reasoning_content`.",
    "openai": "Upload the two files. The format knows no thinking; it is left out.",
}


def _card(made: Exported, masker_name: str, eval_percent: int) -> str:
    def listed(counts: Mapping[str, int]) -> str:
        return ", ".join(f"{name} {count}" for name, count in counts.items()) or "none"

    languages = "".join(f"- {tag}\n" for tag in made.languages)
    inferred = ", ".join(made.inferred_tools) or "none"
    return f"""\
---
language:
{languages}task_categories:
- text-generation
---
# Conversations that people have reviewed

Written by `dragoman export --format {made.format}` from threads whose turns were accepted or
corrected by a person.

| | |
|---|---|
| conversations to learn from | {made.train} |
| conversations to measure with | {made.eval} |
| questions with answers | {made.turns} |
| tool calls | {made.calls} |
| conversations by language | {listed(made.languages)} |
| duplicates left out | {made.duplicates} |
| turns left out | {listed(made.left_out)} |
| tools whose parameters were read off their calls | {inferred} |

**Use**: {_USES[made.format]}

**Split**: by thread, {eval_percent} of 100 threads for measuring, by a hash of the thread's id: no
thread is in both halves, and each is in the same half at the next export.

**Personal data**: masked {masker_name}. Read samples before you train or share it.

**Content**: a question has the passages that its answer cites before it. Calls that failed are kept
with their error when the turn was accepted with them.
"""
