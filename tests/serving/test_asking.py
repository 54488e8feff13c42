from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from langchain_core.messages import BaseMessage
from typer.testing import Result

from dragoman import Answer, Assistant
from dragoman.errors import EngineTimeoutError
from dragoman.models import EngineSwitch
from dragoman.models.caller import tell
from dragoman.models.images import plain_picture

Run = Callable[..., Result]

NO_CALLS = {"thought": "The passages are enough.", "calls": []}
GERMAN = "Die Garantie gilt zwei Jahre ab dem Tag der Lieferung [1]."


@pytest.fixture
def ingested(run: Run, embedder: None, handbook: Path) -> None:
    assert run("ingest", str(handbook)).exit_code == 0


def test_answer_and_its_sources_are_shown(run: Run, ingested: None, script: list[object]) -> None:
    script += [NO_CALLS, GERMAN]
    done = run("ask", "Wie lange gilt die Garantie?")
    assert done.exit_code == 0, done.stderr
    assert "Die Garantie gilt zwei Jahre" in done.stdout
    assert "handbook/warranty.md" in done.stdout
    assert "Deutsch" in done.stdout


def test_answer_as_json_is_one_document(run: Run, ingested: None, script: list[object]) -> None:
    script += [NO_CALLS, GERMAN]
    answer = json.loads(run("ask", "--json", "Wie lange gilt die Garantie?").stdout)
    assert answer["text"] == GERMAN
    assert answer["language"] == "de"
    assert answer["citations"][0]["passage"]["source"] == "handbook/warranty.md"
    assert answer["usage"]["model_calls"] == 2


def test_events_are_json_lines_that_end_with_the_answer(
    run: Run, ingested: None, script: list[object]
) -> None:
    script += [NO_CALLS, GERMAN]
    done = run("ask", "--json", "--events", "Wie lange gilt die Garantie?")
    types = [json.loads(line)["type"] for line in done.stdout.splitlines()]
    assert types[0] == "language"
    assert {"passages", "plan", "token"} <= set(types)
    assert types[-1] == "answer"


def test_steps_show_passages_plan_and_calls(run: Run, script: list[object]) -> None:
    script += [
        {"thought": "Multiply.", "calls": [
            {"tool": "calculator", "arguments": {"expression": "18 * 12"}}
        ]},
        {"thought": "Known.", "calls": []},
        "Das Ergebnis der Rechnung ist 216.",
    ]  # fmt: skip
    done = run("ask", "--steps", "Was ist achtzehn mal zwölf?")
    assert done.exit_code == 0, done.stderr
    for part in ("Multiply.", "calculator(expression='18 * 12')", "→ answer", "216"):
        assert part in done.stdout


def test_engine_that_fails_gives_its_code_and_nothing_on_standard_output(
    run: Run, script: list[object]
) -> None:
    script += [EngineTimeoutError("The engine took too long.", cure="Use a smaller model.")]
    done = run("ask", "--json", "Wie lange gilt die Garantie?")
    assert done.exit_code == 3
    assert done.stdout == ""
    assert json.loads(done.stderr)["error"]["code"] == "DRG-ENGINE-TIMEOUT"


@pytest.mark.parametrize("text", ["", "  \n "])
def test_empty_question_never_reaches_an_engine(run: Run, script: list[object], text: str) -> None:
    done = run("ask", text)
    assert done.exit_code == 2
    assert "DRG-INPUT-EMPTY" in done.stderr


def test_question_of_a_megabyte_is_refused_with_the_limit(run: Run, script: list[object]) -> None:
    done = run("ask", "-", stdin="ja " * 350_000)
    assert done.exit_code == 2
    assert "DRG-INPUT-TOO-LONG" in done.stderr


def test_chat_answers_each_line_in_one_thread(run: Run, script: list[object]) -> None:
    script += [
        NO_CALLS, "Guten Tag, was kann ich für Sie tun?",
        NO_CALLS, "Sehr gerne, auf Wiedersehen.",
    ]  # fmt: skip
    done = run("chat", "--json", stdin="Guten Tag zusammen!\n\nVielen Dank für die Hilfe.\n")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["text"] for answer in answers] == [script[1], script[3]]
    assert answers[0]["thread"] == answers[1]["thread"]


def test_chat_goes_on_with_a_thread_after_a_restart(run: Run, script: list[object]) -> None:
    script += [NO_CALLS, "Guten Tag, was kann ich für Sie tun?"]
    run("chat", "--json", "--thread", "counter-3", stdin="Guten Tag zusammen!\n")
    script[:] = [NO_CALLS, "Wir sprachen über die Begrüßung."]
    done = run("chat", "--json", "--thread", "counter-3", stdin="Worüber sprachen wir eben?\n")
    assert json.loads(done.stdout)["text"] == script[1]
    turns = json.loads(run("threads", "show", "--json", "counter-3").stdout)
    assert [turn["number"] for turn in turns] == [1, 2]


def test_chat_finishes_the_turn_that_a_killed_process_left(
    run: Run, script: list[object], home: Path
) -> None:
    script += [NO_CALLS, EngineTimeoutError("The engine took too long.")]
    run("chat", "--json", "--thread", "t1", stdin="Wann haben Sie geöffnet?\n")
    with closing(sqlite3.connect(home / "threads.sqlite")) as database, database:
        database.execute("UPDATE turns SET status = 'running'")  # what a kill leaves
    script[:] = ["Wir haben von zehn bis zwanzig Uhr geöffnet."]

    done = run("chat", "--thread", "t1", stdin="")

    assert "Wann haben Sie geöffnet?" in done.stderr
    assert "von zehn bis zwanzig Uhr" in done.stdout
    (turn,) = json.loads(run("threads", "show", "--json", "t1").stdout)
    assert turn["status"] == "done"


def test_chat_ends_at_exit_and_names_its_thread(run: Run, script: list[object]) -> None:
    script += [NO_CALLS, "Guten Tag, was kann ich für Sie tun?"]
    done = run("chat", "--thread", "t1", stdin="Guten Tag zusammen!\n/exit\nnie gefragt\n")
    assert done.exit_code == 0
    assert "was kann ich für Sie tun" in done.stdout
    assert "dragoman chat --thread t1" in done.stderr


def test_chat_goes_on_after_a_turn_that_failed(run: Run, script: list[object]) -> None:
    script += [
        EngineTimeoutError("The engine took too long."),
        NO_CALLS, "Guten Tag, was kann ich für Sie tun?",
    ]  # fmt: skip
    done = run("chat", "--json", stdin="Guten Tag zusammen!\nGuten Tag noch einmal!\n")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines[0]["error"]["code"] == "DRG-ENGINE-TIMEOUT"
    assert lines[1]["text"] == script[2]


def test_chat_line_that_is_not_utf8_is_a_coded_error(run: Run, script: list[object]) -> None:
    done = run("chat", "--json", stdin=b"caf\xe9\n")
    assert done.exit_code == 2
    assert json.loads(done.stderr)["error"]["code"] == "DRG-INPUT-ENCODING"


def test_another_engine_that_answers_is_named(run: Run, script: list[object]) -> None:
    def switched(_: object) -> dict[str, object]:
        tell(EngineSwitch(used="embedded:b", instead_of="ollama:a", reason="It is down."))
        return NO_CALLS

    script += [switched, "Guten Tag, was kann ich für Sie tun?"]
    done = run("ask", "Was können Sie für mich tun?")
    assert "embedded:b answers instead of ollama:a: It is down." in " ".join(done.stdout.split())


def test_the_user_that_the_command_names_is_who_asks(
    run: Run, script: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    ask = Assistant.ask

    def watched(self: Assistant, text: str, **options: str | None) -> Answer:
        asked.append(options["user"])
        return ask(self, text, **options)

    monkeypatch.setattr(Assistant, "ask", watched)
    script += [NO_CALLS, "Guten Tag, was kann ich für Sie tun?"]
    assert run("ask", "--json", "--user", "user-7", "Was können Sie tun?").exit_code == 0
    script[:] = [NO_CALLS, "Guten Tag, was kann ich für Sie tun?"]
    run("chat", "--json", "--user", "user-8", stdin="Was können Sie tun?\n")
    assert asked == ["user-7", "user-8"]


def test_user_id_that_is_none_is_refused(run: Run, script: list[object]) -> None:
    done = run("ask", "--user", "a b", "Was können Sie tun?")
    assert done.exit_code == 2


def test_images_go_with_the_question(run: Run, script: list[object], tmp_path: Path) -> None:
    seen: list[str] = []

    def plan(messages: Sequence[BaseMessage]) -> dict[str, object]:
        seen.extend(part["type"] for part in messages[-1].content if isinstance(part, dict))
        return NO_CALLS

    script += [plan, "Das Bild ist rot und zeigt sonst nichts."]
    photo = tmp_path / "photo.png"
    photo.write_bytes(plain_picture((220, 20, 20)))
    done = run("ask", "Was zeigt das Bild?", "--image", str(photo), "--image", str(photo))
    assert done.exit_code == 0, done.stderr
    assert seen == ["image", "image", "text"]


def test_a_file_that_is_no_image_is_named_before_an_engine_is_looked_for(
    run: Run, tmp_path: Path
) -> None:
    file = tmp_path / "photo.png"
    file.write_bytes(b"not an image")
    done = run("ask", "Was zeigt das?", "--image", str(file), "--engine", "embedded:none")
    assert done.exit_code == 2
    assert "photo.png" in done.stderr
    assert "DRG-INPUT" in done.stderr


def test_an_agent_of_a_file_answers(
    run: Run, ingested: None, script: list[object], tmp_path: Path
) -> None:
    agent = tmp_path / "agent.yaml"
    agent.write_text("name: docs\ndocuments_only: true\n", encoding="utf-8")
    script += [{"wanted": "x", "answer": "not stated", "stated": "no", "statement": 0}]
    done = run("ask", "Wie lange gilt die Garantie?", "--agent", str(agent))
    assert done.exit_code == 0, done.stderr
    assert "[1]" not in done.stdout


def test_a_file_that_holds_no_agent_is_told(run: Run, tmp_path: Path) -> None:
    done = run("ask", "Wie lange gilt die Garantie?", "--agent", str(tmp_path / "none.yaml"))
    assert done.exit_code == 2
    assert "DRG-AGENT-SPEC" in done.stderr
