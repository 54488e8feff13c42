"""All reviewed threads of a tenant, written as training data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from dragoman.agents.records import Records
from dragoman.agents.training.dataset import Exported, write_dataset
from dragoman.agents.training.examples import conversation
from dragoman.agents.training.formats import Format
from dragoman.agents.training.masking import FormMasker, Masker
from dragoman.tools import Tool


def export_threads(
    records: Records,
    folder: Path,
    *,
    form: Format,
    tools: Iterable[Tool] = (),
    masker: Masker | None = None,
    eval_percent: int = 10,
) -> Exported:
    """Write what people have found good into `folder`.

    Args:
        records: The tenant's threads; an `Assistant` has them.
        folder: New or empty.
        form: Whose format.
        tools: The tools that were called, for their definitions.
        masker: What takes personal data out; by form when None is given.
        eval_percent: Of 100 threads, how many are for measuring.

    Raises:
        InvalidInputError: the folder is not empty, or no thread is good from its beginning.

    Usage:
        made = export_threads(assistant, Path("data"), form="llama-factory", tools=assistant.tools)
    """
    masker = masker or FormMasker()
    found, left_out = [], Counter[str]()
    for thread in reversed(records.threads()):
        made, missing = conversation(
            thread.id, records.export(thread.id).turns, records.reviews(thread.id), masker
        )
        left_out.update(missing)
        if made is not None:
            found.append(made)
    return write_dataset(
        folder,
        found,
        form=form,
        tools=tools,
        masker_name=masker.name,
        left_out=left_out,
        eval_percent=eval_percent,
    )
