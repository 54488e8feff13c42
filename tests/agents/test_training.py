"""Reviewed threads become training data: what was found good, masked, once, in each tool's form."""

import json

import pytest
from planning import plan

from dragoman import tool
from dragoman.agents.training.collect import export_threads
from dragoman.agents.training.formats import FORMATS
from dragoman.agents.training.masking import FormMasker
from dragoman.agents.training.reviews import Correction
from dragoman.errors import InvalidInputError, ThreadNotFoundError


@tool(effect="none")
def order_status(order_id: str) -> dict:
    """Say where an order is."""
    return {"order_id": order_id, "status": "shipped", "contact": "ada@example.com"}


ORDER = plan(("order_status", {"order_id": "E-551"}), thought="where E-551 is")
ASKED = "Where is order E-551? Call me: +81 3-1234-5678."
ANSWER = "Order E-551 has the status shipped; the contact is ada@example.com."


@pytest.fixture
def assistant(make):
    """Asked once with a call (thread a), twice without (thread b), once like a (thread c)."""
    turn = [ORDER, plan(thought="done"), ANSWER]
    assistant = make(
        [*turn, plan(), "We open at ten o'clock.", plan(), "We close at eight o'clock.", *turn],
        tools=[order_status],
    )
    assistant.ask(ASKED, thread="a")
    assistant.ask("When do you open?", thread="b")
    assistant.ask("And when do you close?", thread="b")
    assistant.ask(ASKED, thread="c")
    return assistant


def export(assistant, folder, form="openai", **options):
    made = export_threads(assistant, folder, form=form, tools=assistant.tools, **options)
    rows = [
        json.loads(line)
        for file in sorted(folder.glob("*.jsonl"))
        for line in file.read_text("utf-8").splitlines()
    ]
    return made, rows


def accept(assistant, *turns):
    for thread, number in turns:
        assistant.review(thread, turn=number, verdict="accepted")


def test_llama_factory_gets_sharegpt_with_calls_and_thinking_apart(assistant, tmp_path):
    accept(assistant, ("a", 1))
    _, (row,) = export(assistant, tmp_path / "data", "llama-factory")
    said = row["conversations"]
    assert [each["from"] for each in said] == ["human", "function_call", "observation", "gpt"]
    thinking, _, call = said[1]["value"].rpartition("</think>")
    assert thinking == "<think>\nwhere E-551 is\n"
    assert json.loads(call) == {"name": "order_status", "arguments": {"order_id": "E-551"}}
    assert json.loads(said[2]["value"])["status"] == "shipped"
    (definition,) = json.loads(row["tools"])
    assert definition["description"] == "Say where an order is."
    assert definition["parameters"]["required"] == ["order_id"]
    info = json.loads((tmp_path / "data/dataset_info.json").read_text())
    (described,) = info.values()
    assert (tmp_path / "data" / described["file_name"]).exists()
    assert described["formatting"] == "sharegpt"
    assert described["columns"] == {"messages": "conversations", "tools": "tools"}


def test_openai_gets_its_chat_format_without_thinking(assistant, tmp_path):
    accept(assistant, ("a", 1))
    _, (row,) = export(assistant, tmp_path / "data")
    roles = [message["role"] for message in row["messages"]]
    assert roles == ["user", "assistant", "tool", "assistant"]
    (call,) = row["messages"][1]["tool_calls"]
    assert json.loads(call["function"]["arguments"]) == {"order_id": "E-551"}
    assert row["messages"][2]["tool_call_id"] == call["id"]
    assert row["tools"][0]["function"]["name"] == "order_status"
    assert "where E-551 is" not in json.dumps(row)


def test_unsloth_gets_thinking_in_a_field_of_its_own(assistant, tmp_path):
    accept(assistant, ("a", 1))
    _, (row,) = export(assistant, tmp_path / "data", "unsloth")
    assert row["messages"][1]["reasoning_content"] == "where E-551 is"
    assert row["messages"][1]["content"] == ""


@pytest.mark.parametrize("form", FORMATS)
def test_personal_data_is_masked_in_questions_results_and_answers(assistant, tmp_path, form):
    accept(assistant, ("a", 1))
    _, rows = export(assistant, tmp_path / "data", form)
    text = json.dumps(rows)
    assert "ada@example.com" not in text
    assert "1234-5678" not in text
    assert text.count("[e-mail]") == 2
    assert "by form" in (tmp_path / "data/README.md").read_text()


def test_another_masker_takes_the_place_of_the_built_in_one(assistant, tmp_path):
    class Shouting:
        name = "by shouting"

        def mask(self, text):
            return text.upper()

    accept(assistant, ("a", 1))
    _, (row,) = export(assistant, tmp_path / "data", masker=Shouting())
    (turn,) = assistant.turns("a")
    assert row["messages"][-1]["content"] == turn.answer.upper()


@pytest.mark.parametrize(
    "text",
    [
        "我的身份证是11010119900307123X。",
        "900101-1234567",
        "078-05-1120",
        "DE89 3704 0044 0532 0130 00",
        "身分證字號A123456789",
        "HKID G123456(A)",
        "マイナンバーは1234 5678 9018です",
    ],
)
def test_identity_and_account_numbers_are_masked(text):
    assert "[id]" in FormMasker().mask(text)


def test_ids_of_orders_and_figures_stay():
    text = "Order E-551 of 2026-05-14 costs 1,234.56 euros, 30 pieces."
    assert FormMasker().mask(text) == text


def test_the_same_conversation_is_exported_once(assistant, tmp_path):
    accept(assistant, ("a", 1), ("c", 1))
    made, rows = export(assistant, tmp_path / "data")
    assert (len(rows), made.duplicates) == (1, 1)


def test_a_thread_ends_before_its_first_turn_that_is_not_good(assistant, tmp_path):
    accept(assistant, ("b", 1), ("b", 2))
    made, (row,) = export(assistant, tmp_path / "both")
    assert made.turns == 2
    assert len(row["messages"]) == 4
    assistant.review("b", turn=2, verdict="rejected")
    made, (row,) = export(assistant, tmp_path / "first")
    assert made.turns == 1
    assert made.left_out["rejected"] == 1
    assistant.review("b", turn=1, verdict="rejected")
    accept(assistant, ("b", 2))
    with pytest.raises(InvalidInputError, match="found good from its beginning") as caught:
        export(assistant, tmp_path / "none")
    assert "threads review" in caught.value.cure
    assert not (tmp_path / "none").exists()


def test_a_corrected_plan_and_answer_take_the_place_of_what_was_done(assistant, tmp_path):
    right = {"answer": "It opens at nine.", "calls": [{"tool": "hours", "arguments": {"day": 1}}]}
    with pytest.raises(InvalidInputError, match="hours") as caught:
        assistant.review("b", turn=1, verdict="corrected", correction=Correction.of(right))
    assert '"result"' in caught.value.cure
    right["calls"][0]["result"] = "9:00"
    assistant.review("b", turn=1, verdict="corrected", correction=Correction.of(right))
    made, (row,) = export(assistant, tmp_path / "data")
    question, calling, outcome, answer = row["messages"]
    assert question["content"] == "When do you open?"
    assert calling["tool_calls"][0]["function"]["name"] == "hours"
    assert outcome["content"] == "9:00"
    assert answer["content"] == "It opens at nine."
    assert made.inferred_tools == ("hours",)
    parameters = row["tools"][0]["function"]["parameters"]
    assert parameters["properties"] == {"day": {"type": "integer"}}


def test_a_corrected_call_that_the_turn_made_keeps_its_result(assistant, tmp_path):
    calls = [{"tool": "order_status", "arguments": {"order_id": "E-551"}}]
    right = Correction.of({"answer": "It is on its way.", "calls": calls})
    assistant.review("a", turn=1, verdict="corrected", correction=right)
    _, (row,) = export(assistant, tmp_path / "data")
    assert "shipped" in row["messages"][2]["content"]
    assert row["messages"][3]["content"] == "It is on its way."


def test_passages_that_are_cited_stand_before_the_question(make, memory, tmp_path):
    memory.add_texts(["The warranty is two years."], metadatas=[{"title": "Warranty"}])
    script = [plan(needs="passages"), "The warranty is two years [1]."]
    assistant = make(script, memory=memory)
    assistant.ask("How long is the warranty?", thread="t")
    accept(assistant, ("t", 1))
    _, (row,) = export(assistant, tmp_path / "data")
    question = row["messages"][0]["content"]
    assert question.startswith("Passages:\n[1] Warranty\nThe warranty is two years.")
    assert question.endswith("How long is the warranty?")


def test_no_thread_is_in_both_halves_and_each_stays_in_its_own(make, tmp_path):
    threads = [f"t{number}" for number in range(12)]
    script = [step for name in threads for step in (plan(), f"The answer for {name} is this.")]
    assistant = make(script)
    for name in threads:
        assistant.ask(f"What is the answer for {name}?", thread=name)
        accept(assistant, (name, 1))
    made, _ = export(assistant, tmp_path / "one", eval_percent=50)
    export(assistant, tmp_path / "two", eval_percent=50)
    assert made.train
    assert made.eval
    assert made.train + made.eval == 12
    for half in ("train.jsonl", "eval.jsonl"):
        assert (tmp_path / "one" / half).read_text() == (tmp_path / "two" / half).read_text()


def test_what_cannot_be_reviewed_is_refused(assistant):
    with pytest.raises(ThreadNotFoundError):
        accept(assistant, ("a", 2))
    with pytest.raises(InvalidInputError):
        assistant.review("a", turn=1, verdict="corrected")
    for text in ("", '{"answer": 3}', '{"calls": [{"tool": "x"}]}', "{}", '{"thought": ""}'):
        with pytest.raises(InvalidInputError):
            Correction.read(text)
    assert Correction.read("Plain words.\n") == Correction(answer="Plain words.")


def test_an_export_never_overwrites(assistant, tmp_path):
    accept(assistant, ("a", 1))
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(InvalidInputError, match="not empty"):
        export(assistant, tmp_path)


def test_reviews_go_with_their_thread(assistant):
    accept(assistant, ("a", 1))
    assert len(assistant.reviews("a")) == 1
    assistant.delete_thread("a")
    assert assistant.reviews("a") == {}


@pytest.mark.parametrize("form", FORMATS)
def test_the_files_load_in_the_datasets_library(assistant, tmp_path, form):
    datasets = pytest.importorskip("datasets", reason="the datasets library is not installed")
    accept(assistant, ("a", 1), ("b", 1), ("b", 2))
    export(assistant, tmp_path / "data", form)
    files = {file.stem: str(file) for file in (tmp_path / "data").glob("*.jsonl")}
    loaded = datasets.load_dataset("json", data_files=files, cache_dir=str(tmp_path / "cache"))
    column = "conversations" if form == "llama-factory" else "messages"
    rows = [row for half in loaded.values() for row in half]
    assert sorted(len(row[column]) for row in rows) == [4, 4]
    assert {row["tools"] is None or len(row["tools"]) for row in rows}
