"""The models that the catalog holds, and the names that it does not."""

from __future__ import annotations

import re

import pytest

from dragoman.errors import ModelNotFoundError
from dragoman.models.catalog import entries, find, installed, is_installed
from dragoman.settings import Settings


def test_the_catalog_holds_qwen_and_the_two_models_of_the_package_index():
    assert [entry.name for entry in entries()] == [
        "qwen3.5:0.8b",
        "qwen3.5:2b",
        "qwen3.5:4b",
        "qwen3.5:9b",
        "qwen2.5-coder:1.5b",
        "qwen2.5-coder:0.5b",
    ]
    assert [entry.name for entry in entries() if entry.file.wheels] == [
        "qwen2.5-coder:1.5b",
        "qwen2.5-coder:0.5b",
    ]


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.name)
def test_an_entry_is_complete(entry):
    file = entry.file
    assert re.fullmatch(r"[0-9a-f]{64}", file.sha256)
    assert file.bytes > 400_000_000
    assert file.hugging_face
    assert file.modelscope
    assert file.name.endswith(".gguf")
    assert entry.sampling.temperature > 0
    if entry.is_qwen35:
        assert entry.context_tokens == 262_144
        assert entry.sampling_thinking
        assert entry.thinks_by_default == (entry.parameters >= 4)
        for place in (file.hugging_face, file.modelscope):
            assert re.fullmatch(r"[0-9a-f]{40}", place.revision)


def test_no_two_entries_share_a_file():
    assert len({entry.file.sha256 for entry in entries()}) == len(entries())
    assert len({entry.file.name for entry in entries()}) == len(entries())


@pytest.mark.parametrize(
    "name",
    ["qwen3.5:4b", "QWEN3.5:4B", " qwen3.5:4b ", "embedded:qwen3.5:4b", "Qwen/Qwen3.5-4B"],
)
def test_a_name_is_found_however_it_is_written(name):
    assert find(name).name == "qwen3.5:4b"


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("qwen3.5:3b", "qwen3.5:4b"),
        ("qwen3.5:1.8b", "qwen3.5:2b"),
        ("qwen3.5:7b", "qwen3.5:9b"),
        ("7b", "qwen3.5:9b"),
        ("2b", "qwen3.5:2b"),
        ("qwen3.5-vl", "qwen3.5:4b"),
        ("Qwen3.5-VL-7B", "qwen3.5:9b"),
        ("qwen3.5-vl:2b", "qwen3.5:2b"),
        ("qwen3.5", "qwen3.5:4b"),
        ("qwne3.5:4b", "qwen3.5:4b"),
        ("qwen35:4b", "qwen3.5:4b"),
        ("qwen3.5:4", "qwen3.5:4b"),
        ("qwen2.5-coder", "qwen2.5-coder:1.5b"),
        ("qwen2.5-coder:7b", "qwen2.5-coder:1.5b"),
    ],
)
def test_a_name_that_does_not_exist_leads_to_the_one_that_was_meant(name, meant):
    with pytest.raises(ModelNotFoundError) as caught:
        find(name)
    assert caught.value.cure.startswith(f"Did you mean {meant}?")
    assert caught.value.exit_code == 4


@pytest.mark.parametrize("name", ["", "llama3", "gpt-4o", "😀"])
def test_a_name_that_resembles_nothing_gets_the_list_alone(name):
    with pytest.raises(ModelNotFoundError) as caught:
        find(name)
    assert caught.value.cure.startswith("Known models: qwen3.5:0.8b, ")


def test_weights_are_installed_only_when_they_are_there_in_full(tmp_path):
    settings = Settings(models_dir=tmp_path)
    entry = find("qwen2.5-coder:0.5b")
    assert installed(settings) == []
    with entry.path(settings).open("wb") as file:
        file.truncate(entry.file.bytes - 1)
    assert not is_installed(entry, settings)
    with entry.path(settings).open("r+b") as file:
        file.truncate(entry.file.bytes)  # sparse: takes no room
    assert installed(settings) == [entry]
