"""Questions that go on from the one before them find what that one was about."""

import pytest
from planning import plan

from dragoman.agents.events import PassagesEvent
from dragoman.agents.follow_up import with_subject

ASKED = [
    {"role": "user", "content": "How long do repairs of the HX-40 take?"},
    {"role": "assistant", "content": "12 working days."},
]


@pytest.mark.parametrize(
    "question", ["台湾は？", "And the warranty?", "وفي هامبورغ؟", "진단서는요?"]
)
def test_a_short_question_takes_its_subject_from_the_one_before(question):
    assert with_subject(question, ASKED) == f"{ASKED[0]['content']}\n{question}"


def test_the_first_question_of_a_thread_stands_by_itself():
    assert with_subject("台湾は？", []) is None


def test_a_whole_question_stands_by_itself():
    whole = "How many unused days of vacation may I carry over to the next year?"
    assert with_subject(whole, ASKED) is None


def passages_of(assistant, question):
    events = assistant.stream(question, thread="t")
    (found,) = [event.passages for event in events if isinstance(event, PassagesEvent)]
    return [passage.document_id for passage in found]


def test_a_follow_up_is_shown_its_own_passages_first_and_the_subject_after_them(make, memory):
    memory.add_texts(
        [f"sensor repair takes {days} working days" for days in range(10, 14)]
        + [f"warranty of kettle {number}" for number in range(1, 9)],
        ids=[f"repair{number}" for number in range(4)] + [f"kettle{n}" for n in range(8)],
    )
    script = [plan(), "Sensor repair takes 12 working days.", plan(), "The warranty is a year."]
    assistant = make(script, memory=memory)

    assert all(name.startswith("repair") for name in passages_of(assistant, "sensor repair?")[:4])
    follow_up = passages_of(assistant, "And the warranty?")

    assert all(name.startswith("kettle") for name in follow_up[:4])
    assert [name[:6] for name in follow_up[4:]] == ["repair", "repair"]
