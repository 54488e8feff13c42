"""The tables of benchmarks/tool_choice.py."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from tool_choice_score import Score, score
from tool_choice_tasks import SINGLE_STEP, Task

Judged = tuple[Task, Mapping[str, Any], Score]
Column = tuple[str, str, int]


def report(records: Sequence[Mapping[str, Any]], tasks: Sequence[Task]) -> str:
    """Markdown tables: all in all, by kind, by language, and what the prompts cost."""
    columns = judged(records, tasks)
    head = (
        "system | model | tools | tasks | first plan, one step | first plan, all | whole task | "
        "ended | language | model calls | tokens in | out | from cache | seconds"
    )
    lines = [
        f"| {head} |",
        "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for (system, model, tools), turns in columns.items():
        single = [turn for turn in turns if turn[0].kind in SINGLE_STEP]
        read = _mean(turns, "input_tokens")
        cached = _mean(turns, "cached_tokens")
        cells = [
            system, model, str(tools), str(len(turns)),
            _share(single, lambda turn: turn[2].choice),
            _share(turns, lambda turn: turn[2].choice),
            f"**{_share(turns, lambda turn: turn[2].whole)}**",
            _share(turns, lambda turn: turn[1]["ended"]),
            _share(turns, lambda turn: turn[2].language),
            f"{_mean(turns, 'model_calls'):.1f}",
            f"{read:,.0f}",
            f"{_mean(turns, 'output_tokens'):,.0f}",
            f"{100 * cached / read:.0f} %" if read else "",
            f"{sum(turn[1]['seconds'] for turn in turns) / len(turns):.1f}",
        ]  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    kinds: dict[str, None] = dict.fromkeys(task.kind for task in tasks)
    languages: dict[str, None] = dict.fromkeys(task.language for task in tasks)
    lines += ["", "Whole tasks by kind:", ""]
    lines += _split(columns, kinds, lambda task: task.kind)
    lines += ["", "Whole tasks by language:", ""]
    lines += _split(columns, languages, lambda task: task.language)
    return "\n".join(lines)


def failures(records: Sequence[Mapping[str, Any]], tasks: Sequence[Task]) -> str:
    """The tasks that failed, each with the reason, the first plan and the answer."""
    lines = []
    for (system, model, tools), turns in judged(records, tasks).items():
        wrong = [turn for turn in turns if not (turn[2].whole and turn[2].choice)]
        lines += [f"## {system}, {model}, {tools} tools: {len(wrong)} of {len(turns)}", ""]
        for task, record, verdict in wrong:
            note = " (the whole task is right)" if verdict.whole else ""
            plan = "; ".join(f"{call['tool']} {call['arguments']}" for call in record["first"])
            lines += [
                f"- **{task.id}** {task.kind}: {verdict.why}{note}",
                f"  - {task.ask}",
                f"  - plan: {plan or '(none)'} {' / '.join(record.get('thoughts', []))}",
                f"  - answer: {' '.join(record['text'].split())[:200]}",
            ]
        lines.append("")
    return "\n".join(lines)


def judged(
    records: Iterable[Mapping[str, Any]], tasks: Sequence[Task]
) -> dict[Column, list[Judged]]:
    """Each system's turns over `tasks`, judged."""
    known = {task.id: task for task in tasks}
    columns: dict[Column, list[Judged]] = defaultdict(list)
    for record in records:
        task = known.get(record["id"])
        if task is not None and task.ask == record["ask"]:
            column = (record["system"], record["model"], record["tools"])
            columns[column].append((task, record, score(task, record)))
    return dict(sorted(columns.items()))


def _split(
    columns: Mapping[Column, Sequence[Judged]],
    keys: Iterable[str],
    of: Callable[[Task], str],
) -> list[str]:
    names = [f"{system} {model}, {tools}" for system, model, tools in columns]
    lines = [f"| | {' | '.join(names)} |", f"|---|{'---:|' * len(names)}"]
    for key in keys:
        cells = []
        for turns in columns.values():
            mine = [turn for turn in turns if of(turn[0]) == key]
            cells.append(f"{sum(turn[2].whole for turn in mine)}/{len(mine)}" if mine else "")
        lines.append(f"| {key} | {' | '.join(cells)} |")
    return lines


def _share(turns: Sequence[Judged], right: Callable[[Judged], bool]) -> str:
    if not turns:
        return ""
    return f"{100 * sum(map(right, turns)) / len(turns):.0f} %"


def _mean(turns: Sequence[Judged], name: str) -> float:
    return sum(turn[1]["usage"][name] for turn in turns) / len(turns)
