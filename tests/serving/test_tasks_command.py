"""`dragoman run` and `dragoman runs`."""

import json

import pytest

TASK = (
    "name: x\ninputs: {e: {}}\nsteps:\n"
    "- {name: sum, tool: calculator, with: {expression: '${{ inputs.e }}'}}\n"
    "- {name: ok, ask: 'Good?', answer: approval}\n"
    "outputs: {sum: '${{ steps.sum.output }}', ok: '${{ steps.ok.output }}'}\n"
)


@pytest.fixture
def task(tmp_path):
    path = tmp_path / "t.yaml"
    path.write_text(TASK, encoding="utf-8")
    return str(path)


def test_a_run_waits_is_answered_resumed_and_reported(run, task):
    first = run("run", task, "--input", "e=2*3", "--json")
    assert first.exit_code == 8
    begun = json.loads(first.stdout)
    assert begun["status"] == "waiting"
    asked = json.loads(run("runs", "show", begun["id"], "--json").stdout)
    assert [question["text"] for question in asked["questions"]] == ["Good?"]
    assert run("runs", "answer", begun["id"], "--value", "yes").exit_code == 0
    last = run("runs", "resume", begun["id"], "--json")
    assert json.loads(last.stdout)["output"] == {"sum": "6", "ok": True}
    assert begun["id"] in run("runs", "list").stdout
    assert "## `sum` (tool): done" in run("runs", "report", begun["id"]).stdout
    assert "<h1>x: done</h1>" in run("runs", "report", begun["id"], "--html").stdout


def test_a_dry_run_shows_the_plan_and_does_nothing(run, task, home):
    shown = run("run", task, "--input", "e=2*3", "--dry-run")
    assert shown.exit_code == 0
    assert "sum: calculator [none]" in shown.stdout
    assert not (home / "runs.sqlite").exists()


def test_bad_input_is_a_coded_error(run, task):
    missing = run("run", task, "--json")
    assert missing.exit_code == 2
    assert json.loads(missing.stderr)["error"]["code"] == "DRG-TASK-INPUT"
    assert run("run", task, "--input", "nonsense").exit_code == 2
    assert run("run").exit_code == 2
    assert run("runs", "show", "nonsense").exit_code == 2


def test_a_waiting_run_is_cancelled(run, task):
    begun = json.loads(run("run", task, "-i", "e=1", "--json").stdout)
    assert "cancelled" in run("runs", "cancel", begun["id"]).stdout
    assert run("runs", "resume", begun["id"]).exit_code == 2


def test_the_schema_is_printed(run):
    assert json.loads(run("run", "--schema").stdout)["title"] == "TaskSpec"
