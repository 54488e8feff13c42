"""What clients send to the native API."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

Thread = Annotated[
    str,
    Path(
        description="Id of the thread: 1 to 128 letters, digits, '.', '_' and '-'.",
        examples=["returns-1"],
    ),
]


class Question(BaseModel):
    """A question in a thread."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"text": "返品の期限は？"}]},
    )

    text: str = Field(description="The question, in any language.")
    language: str | None = Field(
        default=None, description="BCP-47 tag to answer in; the question's own when left out."
    )
    user: str | None = Field(
        default=None, description="Who is asking, as facts about people are kept under."
    )
    agent: str = Field(default="", description="Name of the agent; the default one if left out.")


class Verdict(BaseModel):
    """A person's word on one call."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"decision": "reject", "reason": "Not this customer."}]},
    )

    decision: Literal["approve", "edit", "reject"] = Field(
        description="`edit` approves the call with other arguments."
    )
    arguments: dict[str, Any] | None = Field(
        default=None, description="The arguments to run it with, for `edit`."
    )
    reason: str = Field(
        default="",
        max_length=2000,
        description="Why it was rejected, for the model and the record.",
    )


class Continued(BaseModel):
    """Whom to go on as."""

    model_config = ConfigDict(extra="forbid")

    agent: str = Field(default="", description="Name of the agent that began the turn.")
