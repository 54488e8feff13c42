"""Task files: what is wrong in one is said with its place, before anything is done."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from dragoman.agents.tasks import Tasks
from dragoman.agents.tasks.expression import parse
from dragoman.agents.tasks.inputs import checked_inputs
from dragoman.agents.tasks.program import load
from dragoman.agents.tasks.reading import MOST_BYTES
from dragoman.agents.tasks.schema import task_schema
from dragoman.agents.tasks.spec import TaskSpec
from dragoman.agents.tasks.templates import filled
from dragoman.errors import TaskError, TaskInputError, TaskReferenceError

ROOT = Path(__file__).resolve().parents[3]
SUM = "- {name: sum, tool: calculator, with: {expression: '1'}}"


def written(folder, text, name="t.yaml"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(
    ("text", "code", "line", "word"),
    [
        ("name: x\nsteps: [*a]", "DRG-TASK-FILE", 2, "lias"),
        ("a: &a [1, 1]\nb: [*a, *a]", "DRG-TASK-FILE", 2, "lias"),
        ("name: x\nname: y\nsteps: []", "DRG-TASK-FILE", 2, "twice"),
        ("name: x\nsteps: [", "DRG-TASK-FILE", 2, "not YAML"),
        (b"name: x\ndescription: \xff\n", "DRG-TASK-FILE", 2, "UTF-8"),
        ("a" * (MOST_BYTES + 1), "DRG-TASK-FILE", 0, "larger"),
        ("name: !!python/name:os.system x", "DRG-TASK-FILE", 1, "tag"),
        ("[" * 200 + "]" * 200, "DRG-TASK-FILE", 1, "deep"),
        ("just a text", "DRG-TASK-FILE", 0, "no task"),
        ("name: x\nsteps:\n- {name: a}", "DRG-TASK-FILE", 3, "needs one of"),
        ("name: x\nsteps:\n- {name: a, tool: c, prompt: p}", "DRG-TASK-FILE", 3, "needs one of"),
        ("name: x\nsteps:\n- {name: a, tool: c, timeout: soon}", "DRG-TASK-FILE", 3, "duration"),
        ("name: x\nnonsense: 1\nsteps:\n" + SUM, "DRG-TASK-FILE", 2, "nonsense"),
        (f"name: x\nsteps:\n{SUM}\n{SUM}", "DRG-TASK-FILE", 4, "named sum"),
        (
            "name: x\nsteps:\n- {name: a, prompt: '${{ steps.b.output }}'}",
            "DRG-TASK-REFERENCE",
            3,
            "'b'",
        ),
        ("name: x\nsteps:\n- {name: a, prompt: '${{ inputs.b }}'}", "DRG-TASK-REFERENCE", 3, "'b'"),
        ("name: x\nsteps:\n- {name: a, prompt: '${{ item }}'}", "DRG-TASK-REFERENCE", 3, "item"),
        ("name: x\nsteps:\n- {name: a, prompt: '${{ 1 + }}'}", "DRG-TASK-REFERENCE", 3, "'+'"),
        (f"name: x\nsteps:\n{SUM[:-1]}, on_error: {{goto: y}}}}", "DRG-TASK-REFERENCE", 3, "goto"),
        ("name: x\nsteps:\n- {name: a, task: t.yaml}", "DRG-TASK-CYCLE", 0, "without end"),
        ("name: x\nsteps:\n- {name: a, task: none.yaml}", "DRG-TASK-FILE", 0, "none.yaml"),
        ("name: x\nsteps:\n- {name: a, ask: Which, answer: choice}", "DRG-TASK-FILE", 3, "choice"),
        (
            "name: x\nsteps:\n- {name: a, prompt: p, schema: {type: 5}}",
            "DRG-TASK-FILE",
            3,
            "schema",
        ),
    ],
)
def test_what_is_wrong_in_a_file_is_said_with_its_place(tmp_path, text, code, line, word):
    with pytest.raises(TaskError) as caught:
        load(written(tmp_path, text))
    assert caught.value.code == code
    assert caught.value.line == line
    assert word in caught.value.message


@pytest.mark.parametrize(
    ("step", "word"),
    [
        ("{name: a, tool: nonsense}", "no tool 'nonsense'"),
        ("{name: a, tool: 'mine:nothing'}", "mine:nothing"),
        ("{name: a, tool: 'nowhere:f'}", "nowhere"),
        ("{name: a, tool: calculator, with: {wrong: 1}}", "no argument wrong"),
        ("{name: a, tool: calculator}", "needs expression"),
        ("{name: a, tool: 'mine:pay', with: {amount: 1}, retry: {attempts: 2}}", "retried"),
        ("{name: a, tool: 'mine:pay', with: {amount: much}}", "amount"),
    ],
)
async def test_a_tool_that_cannot_be_called_is_found_before_the_run(tmp_path, settings, step, word):
    written(
        tmp_path,
        "from dragoman import tool\n@tool\ndef pay(amount: int) -> str:\n    '''Pay.'''\n",
        "mine.py",
    )
    file = written(tmp_path, f"name: x\nsteps:\n- {step}")
    with pytest.raises(TaskError) as caught:
        await Tasks(settings=settings).plan(file, {})
    assert caught.value.code == "DRG-TASK-TOOL"
    assert caught.value.line == 3
    assert word in caught.value.message


@pytest.mark.parametrize(
    ("spec", "given", "found"),
    [
        ("{type: integer}", "12", 12),
        ("{type: number}", "1.5", 1.5),
        ("{type: boolean}", "yes", True),
        ("{type: date}", "2026-11-30", "2026-11-30"),
        ("{type: list, of: integer}", "1, 2", [1, 2]),
        ("{type: enum, values: [a, b]}", "b", "b"),
        ("{type: string}", "上野", "上野"),
    ],
)
def test_an_input_is_read_as_its_type(tmp_path, spec, given, found):
    task = load(written(tmp_path, f"name: x\ninputs: {{i: {spec}}}\nsteps:\n{SUM}"))
    inputs = checked_inputs(task.spec, {"i": given}, folder=tmp_path, here=tmp_path)
    assert inputs == {"i": found}


@pytest.mark.parametrize(
    ("spec", "given"),
    [
        ("{type: integer}", {"i": "many"}),
        ("{type: number}", {"i": "nan"}),
        ("{type: boolean}", {"i": "perhaps"}),
        ("{type: date}", {"i": "30.11.2026"}),
        ("{type: list, of: integer}", {"i": "1, x"}),
        ("{type: enum, values: [a]}", {"i": "c"}),
        ("{type: path, must_exist: true}", {"i": "nowhere"}),
        ("{type: string}", {}),
        ("{type: string}", {"i": "x", "j": "y"}),
        ("{type: string}", {"i": "\udcff"}),
    ],
)
def test_an_input_of_another_type_is_refused_by_name(tmp_path, spec, given):
    task = load(written(tmp_path, f"name: x\ninputs: {{i: {spec}}}\nsteps:\n{SUM}"))
    with pytest.raises(TaskInputError, match="j" if "j" in given else "input i"):
        checked_inputs(task.spec, given, folder=tmp_path, here=tmp_path)


def test_a_reference_alone_keeps_its_type_and_in_a_text_becomes_text():
    scope = {"inputs": {"n": 3, "l": [1]}}
    assert filled(["${{ inputs.n }}", "n=${{ inputs.n }} $${{ x"], scope) == [3, "n=3 ${{ x"]
    assert filled({"a": "${{ inputs.l }}"}, scope) == {"a": [1]}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("inputs.n > 2 and not inputs.n == 4", True),
        ("'a' in inputs.t", True),
        ("inputs.n not in [1, 2]", True),
        ("default(inputs.none, 5)", 5),
        ("number('7') >= length(inputs.t)", True),
        ("true == 1", False),
    ],
)
def test_conditions_mean_what_they_say(text, value):
    assert parse(text).value({"inputs": {"n": 3, "t": ["a"]}}) == value


@pytest.mark.parametrize("text", ["", "1 +", "__import__('os')", "a..b", "(1", "f()", "(" * 99])
def test_what_is_no_condition_is_refused(text):
    with pytest.raises(TaskReferenceError):
        parse(text)


def test_a_text_and_a_number_are_not_compared_in_silence():
    with pytest.raises(TaskReferenceError, match="cannot be compared"):
        parse("'10' > 9").value({})


def test_words_that_other_yaml_readers_take_for_truth_values_stay_texts(tmp_path):
    text = f"name: x\ninputs: {{i: {{type: enum, values: [no, on, 2026-01-01]}}}}\nsteps:\n{SUM}"
    assert load(written(tmp_path, text)).spec.inputs["i"].values == ("no", "on", "2026-01-01")


def test_the_published_schema_is_the_models_own():
    stored = (ROOT / "docs" / "task.schema.json").read_text(encoding="utf-8")
    assert json.loads(stored) == task_schema()


def test_every_example_fits_the_published_schema():
    Draft202012Validator.check_schema(task_schema())
    for path in ROOT.glob("examples/scripted_task/*/*.yaml"):
        assert isinstance(load(path).spec, TaskSpec)
