"""The guard at the border of a turn: inside there are names, outside the data."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar, cast

from anyio.to_thread import run_sync

from dragoman.agents.events import Event, TokenEvent
from dragoman.agents.privacy.values import changed, changed_texts
from dragoman.agents.privacy.vault import Vault
from dragoman.privacy import Restoring, has_names, hide, mask, restore
from dragoman.privacy.mask import Find

Value = TypeVar("Value")


class Open:
    """No guard: everything passes as it is."""

    on = False
    """Whether anything is masked."""

    async def masked(self, value: Value) -> Value:
        """`value` with names in the place of personal data."""
        return value

    def restored(self, value: Value) -> Value:
        """`value` with personal data in the place of their names."""
        return value

    def hidden(self, text: str) -> str:
        """`text` with names in the place of data that are known already."""
        return text

    def has_names(self, value: Any) -> bool:  # noqa: ARG002 - nothing has a name here
        """Whether a name stands anywhere in `value`."""
        return False

    def telling(self, emit: Callable[[Event], None]) -> Callable[[Event], None]:
        """`emit` for events of the turn, told as people are to see them."""
        return emit


class Guard(Open):
    """The guard of one thread: the same datum has the same name in all of its turns.

    Usage:
        guard = Guard("acme/42", vault, await vault.of("acme/42"), find=find)
        text = await guard.masked("090-1234-5678")  # JP_PHONE_1
        guard.restored(text)
    """

    on = True
    """Whether anything is masked."""

    def __init__(self, thread: str, vault: Vault, data: dict[str, str], *, find: Find) -> None:
        """Guard `thread`, whose `data` by name are known so far."""
        self._thread = thread
        self._vault = vault
        self._data = data
        self._find = find
        self._naming = asyncio.Lock()

    async def masked(self, value: Value) -> Value:
        """`value` with names in the place of personal data; new names are kept at once.

        So whatever is stored afterwards holds no name that nobody knows after a crash.
        """
        return cast("Value", await self._masked(value, changed))

    async def masked_texts(self, value: Value) -> Value:
        """`masked`, but for numbers, which stay what they are."""
        return cast("Value", await self._masked(value, changed_texts))

    def restored(self, value: Value) -> Value:
        """`value` with personal data in the place of their names."""
        return cast("Value", changed(value, lambda text: restore(text, self._data)))

    def hidden(self, text: str) -> str:
        """`text` with names in the place of data that are known already."""
        return hide(text, self._data)

    def has_names(self, value: Any) -> bool:
        """Whether a name stands anywhere in `value`."""
        found = []

        def look(text: str) -> str:
            found.append(has_names(text))
            return text

        changed(value, look)
        return any(found)

    def telling(self, emit: Callable[[Event], None]) -> Callable[[Event], None]:
        """`emit` with the data in the place of the names, also of one split over tokens."""
        restoring = Restoring(self._data)

        def tell(event: Event) -> None:
            if isinstance(event, TokenEvent):
                text = restoring.feed(event.text)
            elif text := restoring.rest():
                emit(TokenEvent(text=text))
                text = ""
            if not isinstance(event, TokenEvent):
                emit(self.restored(event))
            elif text:
                emit(TokenEvent(text=text))

        return tell

    def _named(self, text: str, data: dict[str, str]) -> str:
        made = mask(text, data, find=self._find)
        data.update(made.data)
        return made.text

    async def _masked(self, value: Any, walk: Callable[[Any, Callable[[str], str]], Any]) -> Any:
        async with self._naming:
            data = dict(self._data)
            masked = await run_sync(lambda: walk(value, lambda text: self._named(text, data)))
            new = {name: datum for name, datum in data.items() if name not in self._data}
            if new:
                await self._vault.add(self._thread, new)
                self._data.update(new)
        return masked
