"""How a step ends other than with an output."""

from __future__ import annotations

from typing import Any


class Failed(Exception):  # noqa: N818 - a way to end, handled by `on_error`
    """The step failed, as `Retry.only` names it."""

    def __init__(
        self, kind: str, message: str, *, code: str = "DRG-TASK-STEP", step: str = ""
    ) -> None:
        """`kind` is ``tool``, ``timeout``, ``engine``, ``reply`` or ``task``."""
        super().__init__(message)
        self.kind = kind
        self.code = code
        self.step = step

    def as_dict(self) -> dict[str, Any]:
        """The failure as a run keeps it and as ``error`` in an `on_error` step."""
        return {"kind": self.kind, "code": self.code, "message": str(self), "step": self.step}


class Waiting(Exception):  # noqa: N818 - a way to end
    """A person has been asked, and has not answered yet."""


class Cancelled(Exception):  # noqa: N818 - a way to end
    """Somebody wants the run to end."""
