from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from dragoman.agents.result import Answer, Citation
from dragoman.errors import EngineTimeoutError
from dragoman.memory import Passage
from dragoman.serving.commands.demo import score
from dragoman.serving.sample_store import sample_questions

Run = Callable[..., Result]

NO_CALLS = {"thought": "The passages are enough.", "calls": []}
ANSWERS = {
    "zh-Hans": "可以退，但是拆封的大型家电要收取商品价格 15% 的手续费。",
    "zh-Hant": "寄到沖繩的小型商品，每一箱的運費是 1,650 日圓。",
    "ja": "エアコンのコンプレッサーの保証期間は10年でございます。",
    "ko": "한 번 충전하시면 140분 동안 청소할 수 있습니다.",
    "ar": "تنتهي صلاحية النقاط بعد ١٨ شهرًا من آخر عملية شراء.",
    "de": "Jeder zusätzliche Meter Kupferrohr kostet 3.200 Yen.",
    "vi": "Chủ nhật cửa hàng ở Đài Bắc mở cửa đến 20 giờ ạ.",
    "en": "It is overheated: unplug it, clean the vents and let it cool for 30 minutes.",
}


def passage_of(document: str) -> Passage:
    return Passage(
        document_id=document,
        chunk_id="c",
        text="…",
        score=1.0,
        source=f"store/{document}",
        title="",
        start=0,
        end=1,
        language="en",
        hash="",
    )


@pytest.mark.parametrize(
    ("cited", "right"), [("installation.ar.md", True), ("repairs.de.md", False), (None, False)]
)
def test_document_counts_only_when_it_is_cited(cited: str | None, right: bool) -> None:
    question = next(question for question in sample_questions() if question.tag == "de")
    citations = (
        [Citation(number=1, passage=passage_of(cited), quote="", marked=True)] if cited else []
    )
    answer = Answer(text=ANSWERS["de"], language="de", citations=tuple(citations))
    row = score(question, answer, 1.5)
    assert (row.right_document, row.right_figure, row.right_language) == (right, True, True)


@pytest.fixture
def told(script: list[object]) -> list[object]:
    for question in sample_questions():
        script += [NO_CALLS, ANSWERS[question.tag]]
    return script


def test_demo_asks_every_question_and_ends_with_a_table(run: Run, told: list[object]) -> None:
    done = run("demo")
    assert done.exit_code == 0, done.stderr
    assert "14 documents" in done.stdout
    for question in sample_questions():
        assert question.text.split()[0] in done.stdout
    assert "What the model did" in done.stdout
    assert re.search(r"\d of 8 in the right language", done.stdout)


def test_rows_say_what_was_right(run: Run, told: list[object]) -> None:
    rows = json.loads(run("demo", "--json").stdout)["rows"]
    assert [row["tag"] for row in rows] == list(ANSWERS)
    assert all(row["right_language"] is not False for row in rows), rows
    assert all(row["right_figure"] for row in rows), rows


def test_wrong_language_and_wrong_figure_are_shown_as_wrong(run: Run, told: list[object]) -> None:
    german = list(ANSWERS).index("de")
    told[2 * german + 1] = "Each additional meter of copper pipe will cost you 4,000 yen in total."
    told.insert(2 * german + 2, told[2 * german + 1])  # the rewrite is no better
    rows = json.loads(run("demo", "--json").stdout)["rows"]
    assert rows[german]["right_figure"] is False


def test_turn_that_fails_does_not_end_the_demo(run: Run, told: list[object]) -> None:
    told[0:2] = [EngineTimeoutError("The engine took too long.")]
    done = run("demo", "--json")
    rows = json.loads(done.stdout)["rows"]
    assert rows[0]["error"]["code"] == "DRG-ENGINE-TIMEOUT"
    assert [row["error"] for row in rows[1:]] == [None] * 7
    assert done.exit_code == 3


def test_demo_leaves_the_tenants_own_documents_alone(
    run: Run, told: list[object], handbook: Path
) -> None:
    run("ingest", str(handbook))
    run("demo", "--json")
    found = json.loads(run("search", "--json", "-k", "50", "Garantie").stdout)
    assert {passage["source"] for passage in found} == {
        "handbook/returns.md", "handbook/warranty.md",
    }  # fmt: skip
