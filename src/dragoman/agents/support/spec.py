"""What an agent of customer support does beside answering: hand over, and know who is there."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, field_validator

from dragoman.agents.support.hours import Market
from dragoman.errors import DragomanError
from dragoman.languages import resolve_tag


class HandOffRules(BaseModel):
    """When a conversation goes to a person."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    asked: bool = True
    """When the customer asks for one."""

    angry: bool = True
    """When words of anger appear."""

    legal: bool = True
    """When words of lawyers and courts appear."""

    stuck: int = Field(default=2, ge=0, le=10)
    """After so many turns in a row that came to nothing; 0 for never."""

    low_confidence: bool = True
    """When the answer passed no check, or rests on nothing where it should."""


class Support(BaseModel):
    """The part of an agent's file that is about people.

    Usage:
        Support(staff_language="ja", markets=[Market(name="jp", …)])
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    staff_language: str = "en"
    """BCP-47 tag of the language that summaries for the staff are written in."""

    hand_off: HandOffRules = HandOffRules()
    """When a conversation goes to a person."""

    markets: tuple[Market, ...] = Field(default=(), strict=False)
    """Where the customers are; the first one is that of all languages that none names. Without any,
    somebody is taken to be there always."""

    @field_validator("staff_language")
    @classmethod
    def _is_known(cls, tag: str) -> str:
        try:
            return resolve_tag(tag)
        except DragomanError as error:
            raise ValueError(str(error.message)) from None

    def market(self, tag: str) -> Market | None:
        """The market of somebody who writes in `tag`."""
        for market in self.markets:
            if tag in market.languages:
                return market
        return self.markets[0] if self.markets else None
