"""Answers that rest on documents alone: found, verified, or plainly not there."""

import pytest

from dragoman.agents.events import PlanEvent
from dragoman.agents.research.evidence import evidence_in, evidence_prompt, evidence_schema, nearest
from dragoman.agents.research.statements import Statement, statements
from dragoman.agents.spec import AgentSpec
from dragoman.errors import InvalidInputError
from dragoman.languages import profile
from dragoman.memory import Passage

DOCUMENTS_ONLY = AgentSpec(name="research", documents_only=True)

TABLE = """\
## Daily allowance

| Country | Allowance | Hotel |
|---|---|---|
| Japan | 6,500 yen | 18,000 yen |
| Germany | 32 euros | 140 euros |

On the day of return, half is paid."""


def passage(text, *, title="Travel", headings=(), language="en"):
    return Passage(
        document_id="d", chunk_id="c", text=text, score=1.0, source="d.md", title=title,
        heading_path=headings, start=0, end=len(text), language=language, hash=text[:20],
    )  # fmt: skip


def statement(text, number=1):
    return Statement(passage=number, start=0, end=len(text), text=text, shown=text)


def reply(answer, *, stated="yes", number=1):
    return {"wanted": "it", "answer": answer, "stated": stated, "statement": number}


def test_a_row_of_a_table_is_a_statement_with_the_names_of_its_columns():
    shown = [found.shown for found in statements([passage(TABLE)])]
    assert shown == [
        "(Daily allowance) Country: Japan; Allowance: 6,500 yen; Hotel: 18,000 yen",
        "(Daily allowance) Country: Germany; Allowance: 32 euros; Hotel: 140 euros",
        "(Daily allowance) On the day of return, half is paid.",
    ]


def test_a_statement_is_a_span_of_its_passage():
    passages = [passage("First one. Second one."), passage(TABLE)]
    for found in statements(passages):
        assert passages[found.passage - 1].text[found.start : found.end] == found.text


def test_a_sentence_that_a_page_broke_over_lines_is_one_statement():
    broken = passage("A drift of more than 0.08 % means that the\nmembrane must be replaced.")
    assert [found.shown for found in statements([broken])] == [
        "(Travel) A drift of more than 0.08 % means that the membrane must be replaced."
    ]


@pytest.mark.parametrize(
    ("text", "language", "count"),
    [
        ("在宅勤務は週3日までです。水曜日は出社します。", "ja", 2),
        ("密码至少需要14个字符。\n\n不得重复使用。", "zh-Hans", 2),
        ("تبدأ فترة التجربة في اليوم الأول. مدتها ستة أشهر.", "ar", 2),
        ("", "en", 0),
    ],
)
def test_sentences_of_every_script_are_statements(text, language, count):
    assert len(statements([passage(text, language=language)])) == count


def test_the_nearest_statements_come_first(memory):
    found = [statement("the cat sleeps"), statement("invoice payment in 30 days")]
    assert nearest("invoice payment when", found, memory.embedder, count=1) == [found[1]]
    assert nearest("anything", [], memory.embedder) == []


def test_what_was_found_must_stand_in_a_statement():
    shown = [statement("Repairs take 12 working days."), statement("The warranty is 6 months.")]
    assert evidence_in(reply("6 months", number=2), shown).statement is shown[1]
    assert evidence_in(reply("24 months", number=2), shown) is None
    assert evidence_in(reply("a year", number=2), shown) is None


def test_the_answer_decides_where_it_stands_and_not_the_number():
    shown = [statement("Repairs take 12 working days."), statement("The warranty is 6 months.")]
    assert evidence_in(reply("12 working days", number=2), shown).statement is shown[0]


def test_a_translated_answer_is_known_by_its_figures():
    shown = [statement("校正週期為6個月。"), statement("保存18個月。")]
    assert evidence_in(reply("6 months", number=2), shown).statement is shown[0]


@pytest.mark.parametrize(
    "answer",
    [
        reply("not stated", stated="no", number=0),
        reply("not stated"),
        reply("12 working days", stated="no"),
        reply(""),
        reply("  "),
        reply("…"),
        {},
        {"answer": 5, "stated": "yes", "statement": 99},
    ],
)
def test_a_reply_that_found_nothing_is_no_evidence(answer):
    assert evidence_in(answer, [statement("Repairs take 12 working days.")]) is None


def test_the_prompt_marks_the_question_before_a_follow_up():
    shown = [statement("台湾：4,200")]
    assert (
        "Question before: ドイツは？"
        in evidence_prompt("台湾は？", shown, before="ドイツは？")[-1]["content"]
    )
    assert "Answered before" not in evidence_prompt("台湾は？", shown, before="")[-1]["content"]


def test_the_schema_offers_the_statements_that_are_shown_and_none():
    assert evidence_schema(2)["properties"]["statement"] == {"enum": [0, 1, 2]}


TRAVEL = "Hand in receipts within 20 days of your return. Hotels cost at most 140 euros."


def researcher(make, memory, script):
    memory.add_texts([TRAVEL, "Cats sleep a lot."], ids=["travel", "cats"])
    return make(script, memory=memory, spec=DOCUMENTS_ONLY)


def test_an_answer_rests_on_a_quote_that_stands_in_the_document(make, memory):
    script = [reply("20 days"), "出張から戻って20日以内に領収書を提出してください。"]
    assistant = researcher(make, memory, script)
    answer = assistant.ask("receipts は出張から戻って何日以内に提出しますか。")

    assert answer.text == "出張から戻って20日以内に領収書を提出してください。 [1]"
    (citation,) = answer.citations
    assert citation.quote == "Hand in receipts within 20 days of your return."
    assert memory.verify(citation.passage, citation.quote).exact
    assert answer.usage.model_calls == 2


@pytest.mark.parametrize("tag", ["ja", "ko", "ar", "de"])
def test_what_is_not_in_the_documents_is_said_plainly(make, memory, tag):
    questions = {
        "ja": "出張にペットを連れて行けますか。",
        "ko": "출장에 반려동물을 데려가도 되나요?",
        "ar": "هل يمكنني اصطحاب حيواني الأليف في رحلة العمل؟",
        "de": "Darf ich mein Haustier auf die Dienstreise mitnehmen?",
    }
    assistant = researcher(make, memory, [reply("not stated", stated="no", number=0)])
    answer = assistant.ask(questions[tag])

    assert answer.text == profile(tag).replies.not_found
    assert answer.citations == ()
    assert answer.usage.model_calls == 1


def test_without_documents_nothing_is_asked_of_a_model(make, memory):
    answer = make([], memory=memory, spec=DOCUMENTS_ONLY).ask("How many days are there to pay?")
    assert answer.text == profile("en").replies.not_found


def test_small_talk_needs_no_documents(make, memory):
    answer = researcher(make, memory, []).ask("こんにちは！")
    assert answer.text != profile("ja").replies.not_found


@pytest.mark.parametrize(
    "draft",
    [
        "You have 30 days to hand in receipts.",  # another figure
        "Please hand in receipts soon after your return.",  # the figure is missing
        "Hand in receipts within 20 days, with form KX-200.",  # an id from nowhere
    ],
)
def test_a_draft_that_does_not_rest_on_the_evidence_gives_way_to_the_quote(make, memory, draft):
    assistant = researcher(make, memory, [reply("20 days"), draft])
    answer = assistant.ask("How many days after a return do I hand in receipts?")

    assert answer.review.problem == "unsupported"
    assert answer.text == "“Hand in receipts within 20 days of your return.” [1]"
    assert answer.review.templated


def test_the_search_for_evidence_is_an_event(make, memory):
    assistant = researcher(make, memory, [reply("20 days"), "You have 20 days."])
    events = list(assistant.stream("How many days after a return do I hand in receipts?"))
    (plan,) = [event for event in events if isinstance(event, PlanEvent)]
    assert (plan.thought, plan.needs, plan.calls) == ("it", "passages", ())


def test_a_follow_up_is_read_by_itself_first_and_with_the_question_before_it_then(make, memory):
    nothing = reply("not stated", stated="no", number=0)
    script = [reply("20 days"), "You have 20 days.", nothing, reply("140 euros"), "140 euros."]
    assistant = researcher(make, memory, script)
    assistant.ask("How many days after a return do I hand in receipts?", thread="t")
    answer = assistant.ask("And how much may a hotel cost?", thread="t")

    assert answer.citations[0].quote == "Hotels cost at most 140 euros."
    assert answer.usage.model_calls == 3


def test_a_reply_that_cannot_be_read_finds_nothing(make, memory):
    answer = researcher(make, memory, ["not JSON"]).ask("How many days for receipts do I have?")
    assert answer.text == profile("en").replies.not_found


def test_documents_of_other_groups_are_not_read(make, memory):
    memory.add_texts(["The bonus is 8 percent of the salary."], ids=["bonus"], groups=["hr"])
    question = "What percent of the salary is the bonus?"
    script = [reply("8 percent"), "The bonus is 8 percent."]

    seen = make(script, memory=memory, spec=DOCUMENTS_ONLY).ask(question, groups=["hr"])
    assert [found.passage.document_id for found in seen.citations] == ["bonus"]
    unseen = make([], memory=memory, spec=DOCUMENTS_ONLY).ask(question, groups=[])
    assert unseen.text == profile("en").replies.not_found


@pytest.mark.parametrize("groups", ["hr", [{"$ne": "x"}], ["hr'; --"], 5])
def test_what_is_no_list_of_groups_is_refused(make, memory, groups):
    with pytest.raises(InvalidInputError):
        make([], memory=memory).ask("How much is the bonus?", groups=groups)
