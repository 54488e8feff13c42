"""The published JSON schema of task files, for editors and other programs."""

from __future__ import annotations

from typing import Any

from dragoman.agents.tasks.spec import TaskSpec


def task_schema() -> dict[str, Any]:
    """The JSON schema (draft 2020-12) that every task file fits."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Dragoman task",
        **TaskSpec.model_json_schema(by_alias=True),
    }
