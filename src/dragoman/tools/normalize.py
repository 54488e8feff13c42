"""Arguments as a model wrote them, made into what the tool declares.

The tool is often right while a value still stands in the asker's language (arXiv 2601.05366: the
main way in which multilingual tool calls fail). Numbers in any digits and grouping, currencies,
countries and dates are read in that language; what is already in the declared form stays as it is,
and what cannot be read is left for the validation to refuse.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from dragoman.errors import InvalidInputError
from dragoman.languages.dates import read_date
from dragoman.languages.quantities import parse_quantity
from dragoman.tools.arguments import ReadIn
from dragoman.tools.tool import Tool

_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def normalized(
    tool: Tool, arguments: Mapping[str, Any], *, language: str, today: date
) -> dict[str, Any]:
    """`arguments` with every value in the form that `tool` declares, as far as it can be read.

    Args:
        tool: The tool that is to be called.
        arguments: As they were written.
        language: BCP-47 tag of the asker's language.
        today: What relative dates count from.
    """
    properties = tool.schema["properties"]
    readers = _readers(tool)
    return {
        name: _value(value, properties.get(name, {}), readers.get(name), language, today)
        for name, value in arguments.items()
    }


def _value(
    value: Any, schema: Mapping[str, Any], reader: ReadIn | None, language: str, today: date
) -> Any:
    if isinstance(value, list) and schema.get("type") == "array":
        items = schema.get("items", {})
        return [_value(item, items, reader, language, today) for item in value]
    if not isinstance(value, str) or value.lstrip().startswith("$"):
        return value
    try:
        return _read(value, schema, reader, language, today)
    except InvalidInputError:
        return value


def _read(
    text: str, schema: Mapping[str, Any], reader: ReadIn | None, language: str, today: date
) -> Any:
    if reader is not None:
        return reader.read(text, language)
    if schema.get("type") in {"number", "integer"}:
        number = parse_quantity(text, language).value
        return int(number) if number == number.to_integral_value() else float(number)
    if schema.get("format") == "date" and not _ISO_DATE.fullmatch(text):
        found = read_date(text, language, today=today)
        return found.isoformat() if found else text
    return text


def _readers(tool: Tool) -> dict[str, ReadIn]:
    return {
        name: item
        for name, field in tool.arguments.model_fields.items()
        for item in field.metadata
        if isinstance(item, ReadIn)
    }
