"""Keys of services: from the environment, else from the system's keyring; never from anywhere else.

A key on the command line would stand in the shell's history and in the list of processes.
"""

from __future__ import annotations

import importlib.util
import os
from typing import Any

from dragoman.errors import ConfigurationError, MissingExtraError
from dragoman.models.openai_presets import Preset
from dragoman.redaction import keep_secret

_SERVICE = "dragoman"


def key_of(preset: Preset) -> str:
    """The key for a service, empty when it has none and needs none. May block: use a thread.

    Raises:
        ConfigurationError: the service needs a key and there is none.

    Usage:
        key = key_of(preset_for("groq"))
    """
    if not preset.key_variable:
        return ""
    key = os.environ.get(preset.key_variable, "") or _from_keyring(preset.key_variable)
    if preset.key_required and not key:
        raise ConfigurationError(
            f"{preset.title} needs a key.",
            cure=f"Set {preset.key_variable} in the environment, or run: dragoman models key"
            f" {preset.name}",
        )
    return keep_secret(key)


def store_key(preset: Preset, key: str) -> None:
    """Keep a service's key in the system's keyring; an empty one removes it.

    Raises:
        ConfigurationError: the service has no key, or there is no keyring to use.
        MissingExtraError: the library is not installed.
    """
    if not preset.key_variable:
        raise ConfigurationError(f"{preset.title} has no key.")
    if importlib.util.find_spec("keyring") is None:
        raise MissingExtraError(
            "Keeping keys needs the keyring library.", cure='Run: pip install "dragoman[keyring]"'
        )
    keyring: Any = _library()
    try:
        if key:
            keyring.set_password(_SERVICE, preset.key_variable, key)
        elif keyring.get_password(_SERVICE, preset.key_variable):
            keyring.delete_password(_SERVICE, preset.key_variable)
    except keyring.errors.KeyringError as error:
        raise ConfigurationError(
            f"The system's keyring cannot be used ({type(error).__name__}).",
            cure=f"Unlock or install one, or set {preset.key_variable} in the environment.",
        ) from None


def _from_keyring(variable: str) -> str:
    """The key from the keyring, empty where there is none: a server without one is common."""
    if importlib.util.find_spec("keyring") is None:
        return ""
    keyring: Any = _library()
    try:
        return keyring.get_password(_SERVICE, variable) or ""
    except keyring.errors.KeyringError:
        return ""


def _library() -> Any:
    import keyring  # noqa: PLC0415 - looks for the system's service when it is imported
    import keyring.errors  # noqa: PLC0415 - the same

    return keyring
