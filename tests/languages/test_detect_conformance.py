"""What every detector must do, run against ours and against a wrapped one."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from dragoman.languages import FAMILIES, UNDETERMINED, Detector, WrappedDetector, detect


def _by_first_letter(text: str) -> str | None:
    """A detector as poor as can be, to show what the wrapper adds."""
    first = next((sign for sign in text if sign.isalpha()), "")
    if not first:
        return None
    return "ja_JP" if "\u3040" <= first <= "\u30ff" else "zh_CN" if first > "\u3400" else "EN"


@pytest.fixture(params=["ours", "wrapped"])
def detector(request: pytest.FixtureRequest) -> Detector:
    return detect if request.param == "ours" else WrappedDetector(_by_first_letter)


TEXTS = ["", "12345", "Where is my order today?", "これはペンです", "请问怎么退货", "😀", "\ud83d"]


@pytest.mark.parametrize("text", TEXTS)
def test_the_tag_is_one_of_ours_and_the_confidence_a_probability(
    detector: Detector, text: str
) -> None:
    found = detector(text)
    assert found.tag in FAMILIES or (found.tag, found.confidence) == (UNDETERMINED, 0.0)
    assert 0.0 <= found.confidence <= 1.0
    assert found.family == FAMILIES.get(found.tag, "other")


def test_plain_sentences_are_told_apart(detector: Detector) -> None:
    found = [
        detector(text).tag for text in ("Where is my order?", "これはペンです", "请问怎么退货")
    ]
    assert found == ["en", "ja", "zh-Hans"]


@pytest.mark.parametrize("text", ["", "12345", "😀", "OK", "https://example.com/where/is/it"])
def test_a_text_that_says_nothing_keeps_its_thread(detector: Detector, text: str) -> None:
    found = detector(text, thread="ko")
    assert found.tag == "ko"
    assert found.confidence < 0.5


def test_a_locale_stands_in_for_a_thread(detector: Detector) -> None:
    assert detector("12345", hint="zh_TW").tag == "zh-Hant"


@pytest.mark.parametrize("text", TEXTS)
def test_spans_lie_inside_the_text_and_do_not_overlap(detector: Detector, text: str) -> None:
    end = 0
    for span in detector(text).spans:
        assert end <= span.start < span.end <= len(text)
        end = span.end


def test_it_is_a_pure_function_from_any_thread(detector: Detector) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(detector, TEXTS * 4))
    assert found == [detector(text) for text in TEXTS] * 4
