"""Drafts that must not go out: wrong language, leaked plans, unsupported marks."""

import json
import re

import pytest
from planning import plan

from dragoman import tool
from dragoman.agents.events import RewriteEvent, TokenEvent
from dragoman.agents.script_schema import only_in_script
from dragoman.errors import EngineRunawayError
from dragoman.languages import isolate, profile, profiles, without_isolates
from dragoman.testing import BrokenStream, ScriptedModel

ENGLISH = "The return window is thirty days from the day on which the parcel was delivered."
JAPANESE = "返品はお届けの日から三十日以内に承っております。"
QUESTION = "返品はいつまでできますか？教えてください。"


def test_a_draft_in_another_language_is_written_again(make):
    model = ScriptedModel([plan(), ENGLISH, {"answer": JAPANESE}])
    events = list(make(model).stream(QUESTION))
    answer = events[-1].answer
    assert answer.text == JAPANESE
    assert answer.review.problem == "wrong_language"
    assert answer.review.rewritten
    assert not answer.review.templated
    assert RewriteEvent(problem="wrong_language") in events


def test_the_second_draft_cannot_be_written_in_a_foreign_script(make):
    model = ScriptedModel([plan(), ENGLISH, {"answer": "반품은 30일 이내에 가능합니다."}])
    make(model).ask("반품은 언제까지 할 수 있나요? 알려 주세요.")
    schema = model.calls[-1].options["json_schema"]["properties"]["answer"]
    assert not re.fullmatch(schema["pattern"], JAPANESE)
    assert re.fullmatch(schema["pattern"], "반품은 30일 이내에 가능합니다.")


@pytest.mark.parametrize("known", profiles(), ids=lambda known: known.tag)
def test_a_second_draft_may_be_written_in_its_own_script_and_no_foreign_one(known):
    pattern = only_in_script(known.tag)["pattern"]
    assert re.fullmatch(pattern, f"{known.replies.not_found} AB-12, 5 µm (iPhone) 30 %.")
    assert not re.fullmatch(pattern, "中文" if known.script == "Thai" else "ไทย")


def test_after_a_second_failure_a_prepared_reply_takes_its_place(make):
    answer = make([plan(), ENGLISH, {"answer": ENGLISH}]).ask(QUESTION)
    assert answer.text == profile("ja").replies.please_repeat
    assert answer.review.templated


def test_the_prepared_reply_quotes_the_best_passage_as_it_stands(make, memory):
    memory.add_texts([JAPANESE], ids=["returns"])
    script = [plan(), ENGLISH, {"answer": ENGLISH}]
    answer = make(script, memory=memory).ask(QUESTION)
    assert answer.text == f"{profile('ja').replies.partial}\n{JAPANESE} [1]"
    assert answer.citations[0].passage.document_id == "returns"


def test_the_prepared_reply_says_what_the_tools_found(make):
    script = [
        plan(("calculator", {"expression": "6 * 7"})),
        plan(),
        ENGLISH,
        {"answer": ENGLISH},
    ]
    answer = make(script).ask("6に7を掛けるといくつになりますか？")
    assert answer.text == f"{profile('ja').replies.results}\n42"


def test_a_leaked_plan_is_not_an_answer(make):
    leaked = json.dumps(plan(("calculator", {"expression": "1"})))
    answer = make([plan(), leaked, {"answer": JAPANESE}]).ask(QUESTION)
    assert answer.text == JAPANESE
    assert answer.review.problem == "empty"


def test_an_empty_draft_is_written_again(make):
    assert make([plan(), "", {"answer": JAPANESE}]).ask(QUESTION).text == JAPANESE


def test_a_draft_that_repeats_itself_without_end_is_written_again(make):
    runaway = BrokenStream(text="返品は[1]. [1]. ", error=EngineRunawayError("repeats"))
    answer = make([plan(), runaway, {"answer": JAPANESE}]).ask(QUESTION)
    assert answer.text == JAPANESE
    assert answer.review.problem == "runaway"


def test_a_reply_that_drifts_is_cut_off_and_its_first_words_are_not_shown(make):
    model = ScriptedModel([plan(), ENGLISH * 20, {"answer": JAPANESE}])
    events = list(make(model).stream(QUESTION))
    assert not any(isinstance(event, TokenEvent) for event in events)
    assert events[-1].answer.text == JAPANESE


def test_a_stray_word_is_worth_a_second_draft_but_not_a_template(make):
    stray = "返品はお届けの日から三十日以内に 환불 承っております。"
    answer = make([plan(), stray, {"answer": ENGLISH}]).ask(QUESTION)
    assert answer.text == stray
    assert not answer.review.templated


def test_a_mark_without_a_passage_is_taken_out(make):
    answer = make([plan(), f"{JAPANESE} [3]"]).ask(QUESTION)
    assert answer.text == JAPANESE
    assert answer.review.removed_citations == (3,)


@pytest.mark.parametrize(
    ("language", "good", "bad"),
    [
        ("ja", "返品は30日以内です。", "반품은 30일입니다."),
        ("ko", "반품은 30일입니다.", "返品は30日以内です。"),
        ("zh-Hans", "退货期限为30天。", "返品は30日以内です。"),
        ("ar", "يمكن الإرجاع خلال 30 يوماً.", "退货期限为30天。"),
        ("ru", "Возврат в течение 30 дней.", "退货期限为30天。"),
        ("th", "คืนสินค้าได้ภายใน 30 วัน", "退货期限为30天。"),
        ("de", "Rückgabe innerhalb von 30 Tagen.", "Возврат в течение 30 дней."),
        ("vi", "Trả hàng trong vòng 30 ngày.", "退货期限为30天。"),
    ],
)
def test_only_the_languages_own_script_and_latin_can_be_written(language, good, bad):
    pattern = only_in_script(language)["pattern"]
    assert re.fullmatch(pattern, good)
    assert re.fullmatch(pattern, f"{good} RC-300")
    assert not re.fullmatch(pattern, bad)


ARABIC_QUESTION = "أين وصل الطلب AB-1234؟ أرجو إفادتي بموعد التسليم."
ARABIC = "سيصل الطلب AB-1234 خلال ثلاثة أيام عمل من تاريخ الشحن."


def test_latin_ids_in_an_arabic_answer_are_isolated(make):
    answer = make([plan(), ARABIC]).ask(ARABIC_QUESTION)
    assert answer.text == ARABIC.replace("AB-1234", isolate("AB-1234"))
    assert without_isolates(answer.text) == ARABIC


def test_isolates_leave_citations_as_they_are(make, memory):
    memory.add_texts([ARABIC], ids=["shipping"])
    answer = make([plan(), f"{ARABIC} [1]"], memory=memory).ask(ARABIC_QUESTION)
    assert answer.text.endswith(" [1]")
    assert isolate("AB-1234") in answer.text
    assert [citation.number for citation in answer.citations] == [1]
    assert answer.citations[0].quote == ARABIC


def test_an_id_copied_from_an_answer_comes_back_without_its_marks(make):
    model = ScriptedModel([plan(), ARABIC, plan(), ARABIC])
    assistant = make(model)
    first = assistant.ask(ARABIC_QUESTION)
    assistant.ask(ARABIC_QUESTION.replace("AB-1234", isolate("AB-1234")), thread=first.thread)
    for call in model.calls:
        assert "\u2066" not in str(call.messages)


@tool(effect="none")
def get_order(order_id: str) -> dict[str, object]:
    """What is known of an order."""
    return {"status": "shipped", "arrives": "2026-12-03", "parcels": 2}


def test_an_answer_that_leaves_out_what_was_found_is_replaced_by_it(make):
    script = [plan(("get_order", {"order_id": "A-7"})), plan(), "ご注文を確認いたしました。"]
    answer = make(script, tools=[get_order]).ask("注文A-7はいつ届きますか？")
    assert answer.review.problem == "result_missing"
    assert answer.text.startswith(profile("ja").replies.results)
    assert "arrives: 2026年12月3日" in answer.text


def test_an_answer_that_says_the_result_in_other_digits_is_left_alone(make):
    script = [plan(("get_order", {"order_id": "A-7"})), plan(), "十二月三日に届く予定です。"]
    answer = make(script, tools=[get_order]).ask("注文A-7はいつ届きますか？")
    assert answer.review.problem == ""


@pytest.mark.parametrize("name", ["answer_instruction", "rewrite_instruction"])
def test_an_echo_of_the_instruction_is_not_an_answer(make, name):
    echo = getattr(profile("ja"), name)
    answer = make([plan(), echo, {"answer": JAPANESE}]).ask(QUESTION)
    assert answer.text == JAPANESE
    assert answer.review.problem == "empty"


def test_the_question_said_again_is_not_an_answer(make):
    answer = make([plan(), QUESTION, {"answer": JAPANESE}]).ask(QUESTION)
    assert (answer.text, answer.review.problem) == (JAPANESE, "empty")


@tool(effect="none")
def read_letter() -> str:
    """A long letter without a single figure."""
    return "Dear all, the garden is open again. " * 200


def test_a_long_result_without_figures_may_be_put_into_words(make):
    script = [plan(("read_letter", {})), plan(), "The letter says that the garden is open again."]
    answer = make(script, tools=[read_letter]).ask("What does the letter say?")
    assert answer.calls[0].handle == "r1"
    assert answer.review.problem == ""
