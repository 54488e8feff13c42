"""Asking for what is missing, in the asker's own words."""

from importlib.resources import files

import pytest
import yaml

from dragoman.languages import profiles
from dragoman.languages.consistency import check
from dragoman.languages.fields import ask_for, field_name


@pytest.mark.parametrize(
    ("argument", "tag", "word"),
    [
        ("order_id", "ja", "ご注文番号"),
        ("order_id", "de", "Ihre Bestellnummer"),
        ("new_delivery_address", "ko", "주소"),
        ("guest_email", "ar", "عنوان البريد الإلكتروني"),
        ("check_in_date", "th", "วันที่"),
        ("weight", "ja", None),
    ],
)
def test_an_argument_is_named_as_people_name_the_thing(argument, tag, word):
    assert field_name(argument, tag) == word


def test_several_things_are_listed_as_the_language_lists_them():
    assert ask_for(["order_id", "reason"], "zh-Hans").endswith("：订单号和原因。")
    assert ask_for(["order_id", "order_number"], "en").count("order number") == 1


def test_what_has_no_word_is_shown_as_it_is():
    assert "paper weight" in ask_for(["paper_weight"], "fr")


@pytest.mark.parametrize("known", profiles(), ids=lambda known: known.tag)
def test_the_request_is_in_the_language(known):
    text = ask_for(["order_id", "date", "address"], known.tag)
    assert check(text, known.tag).ok
    assert "{" not in text


def test_every_thing_has_a_word_in_every_language():
    data = yaml.safe_load(files("dragoman.languages").joinpath("fields.yaml").read_text("utf-8"))
    tags = {known.tag for known in profiles()}
    assert all(set(entry["words"]) == tags for entry in data.values())
    names = [name for entry in data.values() for name in entry["names"]]
    assert len(names) == len(set(names))
