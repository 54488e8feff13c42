"""Images that come with a question: shown to the models, kept once, never in a checkpoint."""

import json
import sqlite3
from dataclasses import replace

import pytest
from planning import plan

from dragoman import Assistant, tool
from dragoman.agents.pictures import MOST_IMAGES
from dragoman.errors import (
    ContextExceededError,
    EngineCrashedError,
    InvalidInputError,
    UnsupportedFeatureError,
)
from dragoman.models.engine import Engine
from dragoman.models.images import image_part, plain_picture
from dragoman.testing import ScriptedModel

RED, BLUE = plain_picture((220, 20, 20)), plain_picture((20, 20, 220))
ANSWER = "The picture shows a red square."
BLIND = frozenset({"completion"})
SEEING = frozenset({"completion", "vision"})


def engine(model, capabilities=SEEING):
    return replace(Engine.of(model), capabilities=capabilities)


def shown(call):
    """The images of a call, by message."""
    return [
        [part for part in message.content if part["type"] == "image"]
        for message in call.messages
        if isinstance(message.content, list)
    ]


def files(home):
    return sorted(path for path in (home / "images").rglob("*") if path.is_file())


@pytest.fixture
def assistants(home):
    made = []

    def make(model, capabilities=SEEING, **options):
        made.append(Assistant(engine=engine(model, capabilities), home=home, **options))
        return made[-1]

    yield make
    for assistant in made:
        assistant.close()


def test_planner_and_writer_are_shown_the_image_beside_the_question(assistants, home, tmp_path):
    file = tmp_path / "photo.png"
    file.write_bytes(BLUE)
    with ScriptedModel([plan(), ANSWER]) as model:
        answer = assistants(model).ask("What do these pictures show?", images=[RED, file])
    assert answer.text == ANSWER
    for call in model.calls:
        assert shown(call) == [[image_part(RED), image_part(BLUE)]]
        assert "What do these pictures show?" in call.messages[-1].text


def test_an_engine_without_vision_refuses_before_anything_is_kept(assistants, home):
    model = ScriptedModel([])
    assistant = assistants(model, BLIND)
    with pytest.raises(UnsupportedFeatureError, match="cannot read images") as caught:
        assistant.ask("What is this?", thread="t", images=[RED])
    assert "qwen3.5" in caught.value.cure
    assert assistant.turns("t") == []
    assert not (home / "images").exists()


@pytest.mark.parametrize(
    "images", [[b"no image"], ["/nowhere/photo.jpg"], [RED] * (MOST_IMAGES + 1)]
)
def test_what_is_no_image_is_refused_before_a_model_is_asked(assistants, images):
    assistant = assistants(ScriptedModel([]))
    with pytest.raises(InvalidInputError) as caught:
        assistant.ask("What is this?", thread="t", images=images)
    assert caught.value.cure
    assert assistant.turns("t") == []


def test_a_greeting_with_an_image_is_not_answered_at_once(assistants):
    with ScriptedModel([plan(), "Hello! I see a red square there."]) as model:
        assistants(model).ask("Hello!", images=[RED])


def test_an_image_lies_once_in_the_data_folder_and_in_no_checkpoint(assistants, home):
    crash = EngineCrashedError("It died.")
    model = ScriptedModel([plan(), ANSWER, plan(), crash])
    assistant = assistants(model)
    assistant.ask("What is this?", thread="a", images=[RED])
    with pytest.raises(EngineCrashedError):
        assistant.ask("And this?", thread="b", images=[RED])
    (kept,) = files(home)
    assert kept.read_bytes() == RED
    assistant.close()
    with sqlite3.connect(home / "threads.sqlite") as database:
        assert database.execute("SELECT count(*) FROM checkpoints").fetchone()[0] > 0
        dump = "\n".join(database.iterdump())
    assert kept.name in dump
    for form in (image_part(RED)["base64"], RED.hex()):
        assert form not in dump.lower()
        assert form not in dump
        assert form.encode().hex() not in dump.lower()


def test_a_turn_that_was_cut_off_goes_on_with_its_image(assistants):
    model = ScriptedModel([plan(), EngineCrashedError("It died."), ANSWER])
    assistant = assistants(model)
    with pytest.raises(EngineCrashedError):
        assistant.ask("What is this?", thread="t", images=[RED])
    events = list(assistant.resume("t"))
    assert events[-1].answer.text == ANSWER
    assert shown(model.calls[2]) == [[image_part(RED)]]


def test_a_resumed_turn_whose_image_is_gone_says_so(assistants, home):
    model = ScriptedModel([plan(), EngineCrashedError("It died.")])
    assistant = assistants(model)
    with pytest.raises(EngineCrashedError):
        assistant.ask("What is this?", thread="t", images=[RED])
    files(home)[0].unlink()
    with pytest.raises(InvalidInputError, match="no longer in"):
        list(assistant.resume("t"))


def test_a_follow_up_question_is_shown_the_earlier_image(assistants):
    model = ScriptedModel([plan(), ANSWER, plan(), "It is red."])
    assistant = assistants(model)
    assistant.ask("What is this?", thread="t", images=[RED])
    assistant.ask("Which color has it?", thread="t")
    assert [shown(call) for call in model.calls[2:]] == [[[image_part(RED)]]] * 2


def test_a_follow_up_on_another_engine_without_vision_goes_without_it(assistants):
    first = assistants(ScriptedModel([plan(), ANSWER]))
    first.ask("What is this?", thread="t", images=[RED])
    with ScriptedModel([plan(), "It is red."]) as model:
        assistants(model, BLIND).ask("Which color has it?", thread="t")
    assert [shown(call) for call in model.calls] == [[], []]


def test_a_planner_without_vision_is_told_that_there_is_an_image(assistants, home):
    planner, writer = ScriptedModel([plan()]), ScriptedModel([ANSWER])
    both = replace(engine(writer), plans_with=engine(planner, BLIND))
    with Assistant(engine=both, home=home) as assistant:
        assistant.ask("What is this?", images=[RED])
    assert shown(planner.calls[0]) == []
    assert "1 image(s), which you cannot see" in planner.calls[0].messages[-1].text
    assert shown(writer.calls[0]) == [[image_part(RED)]]


def test_what_is_read_in_an_image_may_be_looked_up_but_changes_nothing_unasked(assistants):
    """A photo is outside text: anybody may have written on it."""

    @tool(effect="none")
    def order_status(order_id: str) -> str:
        """Say where an order is."""
        return f"{order_id} is on its way."

    @tool(effect="once")
    def cancel_order(order_id: str) -> str:
        """Cancel an order."""
        return f"{order_id} is cancelled."

    looked_up = [plan(("order_status", {"order_id": "K-88"})), plan(), "K-88 is on its way."]
    with ScriptedModel(looked_up) as model:
        assistant = assistants(model, tools=[order_status])
        answer = assistant.ask("Where is the order on this photo?", images=[RED])
    assert [call.error for call in answer.calls] == [""]
    model = ScriptedModel([plan(("cancel_order", {"order_id": "K-88"})), plan()])
    assistant = assistants(model, tools=[cancel_order])
    answer = assistant.ask("What does this letter say?", images=[RED])
    assert [request.call.tool for request in answer.pending] == ["cancel_order"]


def test_forgetting_a_thread_deletes_the_images_that_no_other_has(assistants, home):
    model = ScriptedModel([plan(), ANSWER] * 3)
    assistant = assistants(model)
    assistant.ask("What is this?", thread="a", images=[RED, BLUE])
    assistant.ask("What is this?", thread="b", images=[RED])
    assistant.fork("b", turns=1, into="c")
    assistant.delete_thread("a")
    assert [path.read_bytes() for path in files(home)] == [RED]
    assistant.delete_thread("b")
    assert len(files(home)) == 1
    assistant.delete_thread("c")
    assert files(home) == []


def test_a_turn_whose_prompt_does_not_fit_loses_its_oldest_part_and_says_so(assistants):
    too_long = ContextExceededError("Too long.", prompt_tokens=9000, context_tokens=8192)
    steps = [plan(), "It is as it is. " * 100, plan(), too_long, "It still is."]
    with ScriptedModel(steps) as model:
        assistant = assistants(model)
        assistant.ask("How is it, at length?", thread="t")
        events = list(assistant.stream("And how is it now?", thread="t"))
    assert [event.dropped for event in events if event.type == "engine_compaction"] == [2]
    assert "How is it, at length?" in model.calls[3].prompt
    assert "How is it, at length?" not in model.calls[4].prompt
    assert json.dumps("And how is it now?")[1:-1] in model.calls[4].prompt
