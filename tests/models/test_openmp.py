"""Loading libraries that compute in several threads."""

from __future__ import annotations

import os

import pytest

from dragoman.models.openmp import short_spins


def test_spins_are_short_while_a_library_is_loaded_and_only_then(monkeypatch):
    monkeypatch.delenv("GOMP_SPINCOUNT", raising=False)
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    with short_spins():
        assert os.environ["GOMP_SPINCOUNT"] == "2000"
    assert "GOMP_SPINCOUNT" not in os.environ


@pytest.mark.parametrize("name", ["GOMP_SPINCOUNT", "OMP_WAIT_POLICY"])
def test_a_policy_that_was_chosen_is_left_alone(monkeypatch, name):
    monkeypatch.delenv("GOMP_SPINCOUNT", raising=False)
    monkeypatch.setenv(name, "passive")
    with short_spins():
        assert os.environ.get("GOMP_SPINCOUNT", "") in {"", "passive"}
    assert os.environ[name] == "passive"
