"""An answer is given again without a model; the writer is told what is known about the person."""

import asyncio
from datetime import timedelta
from types import SimpleNamespace

import pytest
from planning import plan

from dragoman import tool
from dragoman.agents.events import PassagesEvent, TokenEvent
from dragoman.agents.plan import SEARCH
from dragoman.agents.seen import memory_for
from dragoman.settings import Settings
from dragoman.testing import ScriptedModel
from dragoman.tools.builtin.choose import builtin_tools
from dragoman.tools.calling import Calling, calling

QUESTION = "How many days do I have to return goods?"
ANSWER = "You have 30 days to return goods [1]."


@pytest.fixture
def shop(memory):
    memory.add_texts(["Goods can be returned within 30 days."], ids=["returns"])
    return memory


@pytest.fixture
def caching(home):
    return Settings(home=home, answer_cache_hours=24)


@pytest.fixture
def ask(make, shop, caching):
    """Ask with a script of its own; says how many model calls were made."""

    def asked(script, question=QUESTION, *, settings=caching, memory=shop, **options):
        tools = options.pop("tools", [])
        assistant = make(script, memory=memory, settings=settings, tools=tools)
        return assistant.ask(question, **options)

    return asked


def test_the_same_question_is_answered_again_without_a_model(ask):
    first = ask([plan(), ANSWER])
    again = ask([])
    assert (again.text, again.citations) == (first.text, first.citations)
    assert again.citations[0].passage.document_id == "returns"
    assert (first.usage.model_calls, again.usage.model_calls) == (2, 0)


def test_a_courtesy_or_another_spelling_makes_no_other_question(ask):
    ask([plan(), ANSWER])
    assert ask([], "how many days do i have to return goods").text.startswith("You have 30 days")


def test_the_stream_shows_passages_and_text_as_ever(make, shop, caching, ask):
    ask([plan(), ANSWER])
    events = list(make([], memory=shop, settings=caching).stream(QUESTION))
    assert [e.passages[0].document_id for e in events if isinstance(e, PassagesEvent)] == [
        "returns"
    ]
    assert "".join(e.text for e in events if isinstance(e, TokenEvent)) == events[-1].answer.text


def test_the_turn_is_in_the_transcript_and_a_follow_up_goes_on_from_it(make, shop, caching, ask):
    ask([plan(), ANSWER])
    assistant = make([plan(), "Also 30 days [1]."], memory=shop, settings=caching)
    assistant.ask(QUESTION, thread="t")
    assert assistant.ask("And for shoes?", thread="t").text.startswith("Also 30 days")
    assert shop.answers.count() == 1  # a question in a conversation is not kept


def test_nothing_is_kept_unless_it_is_asked_for(ask, home, shop):
    plain = Settings(home=home)
    ask([plan(), ANSWER], settings=plain)
    ask([plan(), ANSWER], settings=plain)
    assert shop.answers.count() == 0


def test_a_changed_document_ends_the_answer(ask, shop):
    ask([plan(), ANSWER])
    shop.add_texts(["Goods can be returned within 14 days."], ids=["returns"])
    assert ask([plan(), "You have 14 days to return goods [1]."]).text.startswith("You have 14")


def test_a_deleted_document_ends_the_answer(ask, shop):
    ask([plan(), ANSWER])
    shop.delete("returns")
    shop.add_texts(["Something else about returning goods."], ids=["other"])
    assert ask([plan(), "That is not in the documents."]).usage.model_calls == 2


def test_a_document_that_changes_while_it_is_answered_leaves_nothing_behind(ask, shop):
    def meanwhile(_):
        shop.add_texts(["Goods can be returned within 14 days."], ids=["returns"])
        return ANSWER

    ask([plan(), meanwhile])
    assert shop.answers.count() == 0


def test_a_question_in_another_language_is_another_question(ask, shop):
    ask([plan(), ANSWER])
    german = "Sie haben 30 Tage Zeit, Waren zurückzugeben [1]."
    assert ask([plan(), german], language="de").text == german


@tool(effect="none")
def weather(city: str) -> str:
    """The weather in a city."""
    return f"{city}: sunny"


def test_an_answer_with_a_tool_call_is_not_kept(ask, shop):
    script = [plan(("weather", {"city": "Rome"})), plan(needs="passages"), "Rome: sunny. " + ANSWER]
    ask(script, "Weather in Rome, and how many days to return goods?", tools=[weather])
    assert shop.answers.count() == 0


def test_an_answer_without_a_citation_is_not_kept(ask, shop):
    ask([plan(), "I do not know."], "Who is the queen of the moon?")
    assert shop.answers.count() == 0


def test_what_is_known_about_the_person_is_told_to_the_writer_and_kept_from_others(
    make, shop, caching
):
    shop.facts.remember("user-7", "I always wear red shoes.")
    shop.facts.remember("user-8", "I am allergic to nuts.")
    model = ScriptedModel([plan(), ANSWER])
    make(model, memory=shop, settings=caching).ask(QUESTION, user="user-7")
    prompt = model.calls[-1].prompt
    assert "has told about themselves" in prompt
    assert "> I always wear red shoes." in prompt
    assert "nuts" not in prompt
    assert shop.answers.count() == 0


def test_who_is_known_is_not_given_what_others_were_told(ask, shop):
    ask([plan(), ANSWER])
    shop.facts.remember("user-7", "I always wear red shoes.")
    assert ask([plan(), ANSWER], user="user-7").usage.model_calls == 2
    assert ask([], user="user-9").usage.model_calls == 0


def test_a_thread_named_like_a_person_is_told_nothing_about_them(make, shop):
    shop.facts.remember("user-7", "I always wear red shoes.")
    model = ScriptedModel([plan(), ANSWER])
    make(model, memory=shop).ask(QUESTION, thread="user-7")
    assert "red shoes" not in model.calls[-1].prompt


def test_what_is_told_about_a_person_is_bounded(make, shop):
    for n in range(40):
        shop.facts.remember("user-7", f"I like number {n} " + "very " * 60 + "much.")
    model = ScriptedModel([plan(), ANSWER])
    make(model, memory=shop).ask(QUESTION, user="user-7")
    assert (
        0 < sum(len(line) for line in model.calls[-1].prompt.split("\n") if "I like" in line) <= 620
    )


def test_an_assistant_of_a_group_sees_and_remembers_for_that_group_only(ask, shop):
    shop.regroup("returns", ["staff"])
    staff, guests = shop.seen_by(["staff"]), shop.seen_by([])
    assert ask([plan(), ANSWER], memory=staff).citations
    assert ask([], memory=staff).usage.model_calls == 0
    assert ask([plan(), "That is not in the documents."], memory=guests).passages == ()


def test_closing_a_document_ends_what_was_answered_from_it(ask, shop):
    guests = shop.seen_by([])
    ask([plan(), ANSWER], memory=guests)
    assert ask([], memory=guests).citations
    shop.regroup("returns", ["staff"])
    assert ask([plan(), "That is not in the documents."], memory=guests).passages == ()


def test_an_answer_ends_with_its_time(shop):
    assert shop.answers.put(
        "q", "a", language="en", engine="e", documents=["returns"], ttl=timedelta(0)
    )
    assert shop.answers.get("q", language="en", engine="e") is None


def test_the_search_tool_sees_what_the_person_sees(shop, home):
    search = next(t for t in builtin_tools(Settings(home=home), memory=shop) if t.name == SEARCH)
    shop.regroup("returns", ["staff"])

    def found(groups):
        with calling(Calling(thread="acme/t", turn="1", groups=groups)):
            return asyncio.run(search.invoke({"query": "return goods"}))

    assert [len(found(groups)) for groups in (None, ["staff"], ["guest"], [])] == [1, 1, 0, 0]


def test_the_turn_looks_with_the_groups_of_who_is_asking(shop, home):
    shop.regroup("returns", ["staff"])
    parts = SimpleNamespace(memory=shop)
    assert memory_for({}, parts) is shop
    assert memory_for({"groups": None}, parts) is shop
    assert memory_for({"groups": ["staff"]}, parts).document("returns") is not None
    assert memory_for({"groups": []}, parts).document("returns") is None


def test_a_question_is_asked_with_groups_and_its_answer_is_kept_for_them(make, shop, caching):
    shop.regroup("returns", ["staff"])
    script = [plan(), ANSWER, plan(), "That is not in the documents.", plan(), ANSWER]
    assistant = make(script, memory=shop, settings=caching)
    assert assistant.ask(QUESTION, groups=["staff"]).citations
    assert assistant.ask(QUESTION, groups=["staff"]).usage.model_calls == 0
    assert assistant.ask(QUESTION, groups=["guest"]).passages == ()
    assert assistant.ask(QUESTION).usage.model_calls == 2  # an operator's view is another one
