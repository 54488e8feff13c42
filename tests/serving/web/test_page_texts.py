"""The page's texts: complete in every language, and used."""

import json
import re
from importlib.resources import files
from pathlib import Path

import pytest

STATIC = Path(str(files("dragoman.serving"))) / "web" / "static"
ENGLISH = json.loads((STATIC / "locales" / "en.json").read_text("utf-8"))
TAGS = ["ar", "de", "en", "es", "fr", "id", "ja", "ko", "th", "vi", "zh-Hans", "zh-Hant"]


def test_there_is_a_file_for_each_language_that_can_be_chosen():
    chosen = re.findall(r'(?:^|[\s{,])"?([\w-]+)"?: "', (STATIC / "i18n.js").read_text("utf-8"))
    assert sorted(set(chosen) & set(TAGS)) == TAGS
    assert sorted(path.stem for path in (STATIC / "locales").iterdir()) == TAGS


@pytest.mark.parametrize("tag", TAGS)
def test_every_text_is_there_with_the_same_slots(tag):
    texts = json.loads((STATIC / "locales" / f"{tag}.json").read_text("utf-8"))
    assert texts.keys() == ENGLISH.keys()
    for name, text in texts.items():
        assert text.strip(), name
        assert sorted(re.findall(r"\{\w+\}", text)) == sorted(
            re.findall(r"\{\w+\}", ENGLISH[name])
        ), name


def test_every_text_is_used():
    source = "".join(path.read_text("utf-8") for path in STATIC.glob("*.[jh]*"))
    for name in ENGLISH:
        assert re.search(rf'["\']{name}["\']|{name}', source), name


def test_the_page_holds_no_script_style_or_address_of_elsewhere():
    page = (STATIC / "index.html").read_text("utf-8")
    assert not re.search(r"<style|style=|<script(?![^>]*src=)|\son\w+=|https?://", page)
    for path in STATIC.glob("*.js"):
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|eval\(", path.read_text())
