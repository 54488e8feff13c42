"""Keys come from the environment or the keyring, and nobody else gets to see them."""

from __future__ import annotations

import inspect
import logging
import re
from collections.abc import Iterator

import keyring
import keyring.backend
import keyring.backends.fail
import pytest
import typer.main
from replay import ReplayServer, Reply
from typer.testing import CliRunner

from dragoman.errors import ConfigurationError, DragomanError, MissingExtraError
from dragoman.models import embed_openai, openai_compatible
from dragoman.models import keys as keys_module
from dragoman.models.connect import connect
from dragoman.models.keys import key_of, store_key
from dragoman.models.openai_presets import PRESETS, UNKNOWN, preset_for
from dragoman.serving.cli import app
from dragoman.settings import Settings

GROQ = preset_for("groq")
SECRET = "gsk-very-secret-0123456789"


class Drawer(keyring.backend.KeyringBackend):
    """A keyring in memory."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


@pytest.fixture
def drawer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Drawer]:
    for preset in PRESETS:
        if preset.key_variable:
            monkeypatch.delenv(preset.key_variable, raising=False)
    before = keyring.get_keyring()
    opened = Drawer()
    keyring.set_keyring(opened)
    yield opened
    keyring.set_keyring(before)


def test_the_environment_comes_before_the_keyring(
    drawer: Drawer, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_key(GROQ, "from the keyring")
    assert key_of(GROQ) == "from the keyring"
    monkeypatch.setenv("GROQ_API_KEY", "from the environment")
    assert key_of(GROQ) == "from the environment"


def test_a_missing_key_is_answered_with_both_places(drawer: Drawer) -> None:
    with pytest.raises(ConfigurationError) as caught:
        key_of(GROQ)
    assert "GROQ_API_KEY" in caught.value.cure
    assert "dragoman models key groq" in caught.value.cure


def test_servers_of_ones_own_need_no_key(drawer: Drawer) -> None:
    assert key_of(UNKNOWN) == key_of(preset_for("sglang")) == ""


def test_a_key_is_removed_with_an_empty_one(drawer: Drawer) -> None:
    store_key(GROQ, SECRET)
    store_key(GROQ, "")
    store_key(GROQ, "")
    assert drawer.kept == {}


def test_a_machine_without_a_keyring_reads_the_environment_and_keeps_nothing(
    drawer: Drawer, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyring.set_keyring(keyring.backends.fail.Keyring())
    assert key_of(UNKNOWN) == ""
    with pytest.raises(ConfigurationError, match="keyring cannot be used"):
        store_key(GROQ, SECRET)
    monkeypatch.setattr(keys_module.importlib.util, "find_spec", lambda _: None)
    assert key_of(UNKNOWN) == ""
    with pytest.raises(MissingExtraError):
        store_key(GROQ, SECRET)


def test_the_command_asks_for_the_key_and_does_not_show_it(drawer: Drawer) -> None:
    done = CliRunner().invoke(app, ["models", "key", "Groq"], input=f"{SECRET}\n")
    assert done.exit_code == 0, done.stderr
    assert drawer.kept == {("dragoman", "GROQ_API_KEY"): SECRET}
    assert SECRET not in done.stdout + done.stderr


def test_the_command_knows_only_services_with_a_key(drawer: Drawer) -> None:
    done = CliRunner().invoke(app, ["models", "key", "sglang"], input="x\n")
    assert done.exit_code == 2
    assert "groq" in done.stderr


def test_no_command_takes_a_key_as_an_option() -> None:
    def options(command: object) -> Iterator[str]:
        for parameter in getattr(command, "params", []):
            yield from (name for name in parameter.opts if name.startswith("-"))
        for inner in getattr(command, "commands", {}).values():
            yield from options(inner)

    found = set(options(typer.main.get_command(app)))
    assert "--engine" in found
    assert not [name for name in found if re.search("key|token(?!s)|secret", name)]


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 429, 500, 503])
async def test_a_key_from_the_keyring_is_sent_and_never_shown_whatever_comes_back(
    server: ReplayServer,
    drawer: Drawer,
    caplog: pytest.LogCaptureFixture,
    status: int,
    tmp_path: object,
) -> None:
    caplog.set_level(logging.DEBUG)
    store_key(GROQ, SECRET)
    server.play(Reply.json({"error": {"message": f"no: Bearer {SECRET}"}}, status=status))
    engine = await connect(f"openai:m@groq+{server.url}/v1", Settings(home=tmp_path))  # type: ignore[arg-type]
    with pytest.raises(DragomanError) as caught:
        await engine.chat.ainvoke("hi")
    assert server.requests[0].headers["authorization"] == f"Bearer {SECRET}"
    shown = f"{engine!r}{engine.chat!r}{caplog.text}{caught.value!r}{caught.value.as_dict()}"
    assert SECRET not in shown


def test_keys_are_read_by_one_function_only() -> None:
    for module in (embed_openai, openai_compatible):
        assert "environ" not in inspect.getsource(module)
