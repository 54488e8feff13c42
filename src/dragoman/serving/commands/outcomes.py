"""`dragoman outcomes` and `dragoman threads rate`: how turns ended, and how people liked it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from dragoman.errors import InvalidInputError
from dragoman.serving.options import (
    HomeOption,
    JsonOption,
    TenantOption,
    checked_text,
    load_settings,
)

if TYPE_CHECKING:
    from dragoman.agents.outcomes.count import Outcomes

PeriodName = Literal["all", "month", "week", "day"]
_ENDS = ("supported", "answered", "asked_back", "gave_up", "handed_off", "open", "failed")


def register(app: typer.Typer) -> None:
    """Add `outcomes` to the application; the group `threads` has `rate`."""
    app.command("outcomes")(outcomes_command)


def rate_command(
    thread: Annotated[
        str, typer.Argument(metavar="THREAD", help="Id of the thread.", callback=checked_text)
    ],
    up: Annotated[bool, typer.Option("--up", help="Thumb up: a score of 5.")] = False,
    down: Annotated[bool, typer.Option("--down", help="Thumb down: a score of 1.")] = False,
    score: Annotated[
        int | None, typer.Option("--score", min=1, max=5, help="1 (bad) to 5 (good).")
    ] = None,
    turn: Annotated[
        int | None,
        typer.Option("--turn", min=1, help="Number of the turn; the latest answer by default."),
    ] = None,
    home: HomeOption = None,
    tenant: TenantOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what you think of an answer."""
    from dragoman.agents.records import Records
    from dragoman.serving import render
    from dragoman.serving.as_json import print_json
    from dragoman.serving.commands.threads import missing

    if up + down + (score is not None) != 1:
        raise InvalidInputError("Say one of --up, --down and --score.", cure="For example: --up")
    given = score or (5 if up else 1)
    settings = load_settings(home=home, tenant=tenant)
    if not settings.home.exists():
        raise missing(thread)
    with Records(tenant=settings.tenant, home=settings.home, settings=settings) as records:
        records.rate(thread, score=given, turn=turn)
    if as_json:
        print_json({"thread": thread, "turn": turn, "score": given})
    else:
        render.output().print(f"{thread}: {given} of 5.", markup=False)


def outcomes_command(
    by: Annotated[PeriodName, typer.Option("--by", help="How long a period is.")] = "all",
    since: Annotated[
        datetime | None, typer.Option("--since", formats=["%Y-%m-%d"], help="First day (UTC).")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option("--until", formats=["%Y-%m-%d"], help="Last day (UTC).")
    ] = None,
    home: HomeOption = None,
    tenant: TenantOption = None,
    as_json: JsonOption = False,
) -> None:
    """Count how turns ended and were rated, by language, agent and period."""
    from dragoman.agents.records import Records
    from dragoman.serving import render
    from dragoman.serving.as_json import print_json

    settings = load_settings(home=home, tenant=tenant)
    found: list[Outcomes] = []
    if settings.home.exists():
        with Records(tenant=settings.tenant, home=settings.home, settings=settings) as records:
            found = records.outcomes(
                by=by, since=since and since.date(), until=until and until.date()
            )
    if as_json:
        print_json(found)
    elif not found:
        render.output().print("No questions yet.")
    else:
        _print_table(found, by)


def _print_table(found: list[Outcomes], by: PeriodName) -> None:
    from rich.table import Table

    from dragoman.serving import render

    table = Table(box=None, pad_edge=False)
    shown = [end for end in _ENDS if any(getattr(row, end) for row in found)]
    texts = [*(["period"] if by != "all" else []), "agent", "language"]
    for title in texts:
        table.add_column(title)
    for title in ("turns", *shown, "resolved", "satisfied", "score"):
        table.add_column(title.replace("_", " "), justify="right", overflow="fold")
    for row in found:
        counts = [str(getattr(row, name)) for name in ("turns", *shown)]
        counts += [f"{row.resolved} of {row.threads}", f"{row.satisfied} of {row.rated}"]
        score = "–" if row.score is None else f"{row.score:.2f}"
        table.add_row(*(getattr(row, text) or "–" for text in texts), *counts, score)
    render.output().print(table)
