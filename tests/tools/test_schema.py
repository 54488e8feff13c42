from __future__ import annotations

import enum
import json
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field, WithJsonSchema, create_model

from dragoman.errors import ToolDefinitionError
from dragoman.tools.schema import argument_schema


class Currency(enum.Enum):
    YEN = "JPY"
    RIYAL = "SAR"


class Address(BaseModel):
    """Where a parcel goes."""

    city: str = Field(description="City, in its own script")
    floor: int | None = None


class Cat(BaseModel):
    kind: Literal["cat"]


class Dog(BaseModel):
    kind: Literal["dog"]


class Folder(BaseModel):
    inside: list[Folder] = []


def schema_of(annotation: Any, default: Any = ...) -> dict[str, Any]:
    """The flat schema of one argument."""
    return argument_schema(create_model("Arguments", value=(annotation, default)))["properties"][
        "value"
    ]


ADDRESS = {
    "type": "object",
    "description": "Where a parcel goes.",
    "properties": {
        "city": {"type": "string", "description": "City, in its own script"},
        "floor": {"type": "integer"},
    },
    "required": ["city"],
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    ("annotation", "schema"),
    [
        (str, {"type": "string"}),
        (Currency, {"type": "string", "enum": ["JPY", "SAR"]}),
        (Literal["円", "ريال"], {"type": "string", "enum": ["円", "ريال"]}),
        (Literal["円"], {"type": "string", "const": "円"}),
        (date, {"type": "string", "format": "date"}),
        (list[Currency], {"type": "array", "items": {"type": "string", "enum": ["JPY", "SAR"]}}),
        (dict[str, int], {"type": "object", "additionalProperties": {"type": "integer"}}),
        (Annotated[int, Field(ge=1, le=5)], {"type": "integer", "minimum": 1, "maximum": 5}),
        (Address, ADDRESS),
        (list[Address], {"type": "array", "items": ADDRESS}),
    ],
)
def test_types_become_flat_schemas(annotation, schema):
    assert schema_of(annotation) == schema


def test_references_titles_and_defaults_are_gone_everywhere():
    model = create_model(
        "Arguments", to=(list[Address], ...), currency=(Currency, Currency.YEN), note=(str, "なし")
    )
    text = json.dumps(argument_schema(model))
    assert not [word for word in ("$ref", "$defs", '"title"', '"default"') if word in text]


def test_arguments_named_like_ornament_are_kept():
    model = create_model("Arguments", title=(str, ...), default=(str, ...), examples=(int, 1))
    assert list(argument_schema(model)["properties"]) == ["title", "default", "examples"]


def test_an_optional_argument_is_left_out_rather_than_null():
    assert schema_of(int | None, None) == {"type": "integer"}
    assert schema_of(int | str | None, None) == {"anyOf": [{"type": "integer"}, {"type": "string"}]}


def test_an_argument_that_must_be_given_may_be_null():
    assert schema_of(int | None) == {"anyOf": [{"type": "integer"}, {"type": "null"}]}
    assert {"type": "null"} in schema_of(list[int | None], [])["items"]["anyOf"]


def test_a_tagged_union_has_no_dangling_references():
    schema = schema_of(Annotated[Cat | Dog, Field(discriminator="kind")])
    assert [option["properties"]["kind"]["const"] for option in schema["anyOf"]] == ["cat", "dog"]
    assert schema.keys() == {"anyOf"}


def test_a_pattern_that_a_grammar_cannot_express_is_left_out():
    ahead = Annotated[str, WithJsonSchema({"type": "string", "pattern": "^(?!-)x"})]
    assert schema_of(ahead) == {"type": "string"}
    assert "(?" not in json.dumps(schema_of(Decimal))


def test_a_plain_pattern_is_kept():
    assert schema_of(Annotated[str, Field(pattern=r"^[A-Z]-\d+$")])["pattern"] == r"^[A-Z]-\d+$"


def test_a_model_without_fields_is_a_closed_object():
    assert argument_schema(create_model("Arguments")) == {
        "type": "object",
        "properties": {},
        "additionalProperties": False,
    }


def test_a_type_that_contains_itself_is_refused():
    with pytest.raises(ToolDefinitionError, match="'Folder' contains itself"):
        schema_of(Folder)
