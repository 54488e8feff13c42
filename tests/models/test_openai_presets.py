"""Which server is meant by an address."""

from __future__ import annotations

import pytest

from dragoman.models.openai_presets import PRESETS, UNKNOWN, preset_for


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_a_preset_is_found_by_its_name_its_address_and_its_dialect(preset: object) -> None:
    assert preset_for(preset.name) is preset  # type: ignore[attr-defined]
    assert preset_for(preset.name.upper()) is preset  # type: ignore[attr-defined]
    assert preset_for(preset.base_url) is preset  # type: ignore[attr-defined]
    assert preset_for(f"{preset.name}+https://x.example/v1") is preset  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("https://ws-1.ap-southeast-1.maas.aliyuncs.com/compatible-mode/v1", "dashscope"),
        ("https://dashscope-us.aliyuncs.com/compatible-mode/v1", "dashscope"),
        ("https://dashscope.aliyuncs.com/compatible-mode/v1", "dashscope-cn"),
        ("https://API.Groq.com/openai/v1", "groq"),
        ("https://api.together.xyz/v1", "together"),
        ("http://localhost:8000/v1", "vllm"),
        ("http://[::1]:30000/v1", "sglang"),
        ("http://gpu-box:8000/v1", "other"),
        ("http://localhost:9999/v1", "other"),
        ("https://api.groq.com.evil.example/v1", "other"),
        ("https://evil-api.groq.com/v1", "other"),
        ("https://maas.aliyuncs.com.evil.example/v1", "other"),
        ("", "other"),
        ("nonsense", "other"),
    ],
)
def test_an_address_is_recognized_by_its_whole_host(address: str, name: str) -> None:
    assert preset_for(address).name == name


def test_a_stranger_never_gets_the_key_of_a_service() -> None:
    assert UNKNOWN.key_variable not in {preset.key_variable for preset in PRESETS}


def test_every_preset_that_works_has_an_example_and_an_address() -> None:
    for preset in PRESETS:
        assert preset.base_url.startswith("http")
        assert preset.title
        if not preset.unsupported:
            assert preset.example_model
        if preset.key_required:
            assert preset.key_variable
