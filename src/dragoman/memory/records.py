"""Reads tables, data files and mail into text that a person could read."""

from __future__ import annotations

import csv
import io
import json
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

from dragoman.errors import DocumentError
from dragoman.memory.encodings import decode, decode_as
from dragoman.memory.extracted import Extracted
from dragoman.memory.html import extract_html


def extract_csv(text: str) -> Extracted:
    """A paragraph for each row, ``column: value`` a line, so that a passage explains itself."""
    try:
        dialect = csv.Sniffer().sniff(text[:8000], delimiters=",;\t|")
    except csv.Error:
        dialect = csv.excel
    try:
        rows = list(csv.DictReader(io.StringIO(text), dialect=dialect))
    except csv.Error as error:
        raise DocumentError(f"The table cannot be read: {error}.") from error
    paragraphs = []
    for row in rows:
        extra = row.pop(None, None)  # cells beyond the last column
        lines = [f"{name}: {value}" for name, value in row.items() if name and value]
        paragraphs.append("\n".join([*lines, *(extra or [])]))
    return Extracted(text="\n\n".join(paragraph for paragraph in paragraphs if paragraph))


def extract_json(text: str) -> Extracted:
    """A line for each value with its path, a paragraph for each item of the outermost list."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DocumentError(f"It is not JSON: {error}.") from error
    items = data if isinstance(data, list) else [data]
    return Extracted(text="\n\n".join("\n".join(_leaves(item, "")) for item in items))


def extract_mail(path: Path) -> Extracted:
    """Subject, sender, date and body of a mail; its attachments are named."""
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    body = message.get_body(preferencelist=("plain", "html"))
    text = ""
    if body is not None:
        payload = body.get_payload(decode=True)
        raw = payload if isinstance(payload, bytes) else b""
        declared = decode_as(raw, body.get_content_charset() or "")
        text = (declared or decode(raw)).text
        if body.get_content_type() == "text/html":
            text = extract_html(text).text
    subject = str(message.get("subject", ""))
    shown = ("Subject", "From", "To", "Date")
    head = [f"{name}: {message[name]}" for name in shown if message[name]]
    names = [part.get_filename() or "unnamed" for part in message.iter_attachments()]
    notes = (f"attachments not read: {', '.join(names)}",) if names else ()
    return Extracted(
        text="\n".join([*head, "", text.replace("\r\n", "\n").strip()]).strip(),
        title=subject,
        notes=notes,
    )


def _leaves(value: Any, path: str) -> list[str]:
    if isinstance(value, dict):
        return [line for key, item in value.items() for line in _leaves(item, f"{path}.{key}")]
    if isinstance(value, list):
        return [line for item in value for line in _leaves(item, path)]
    if value in (None, ""):
        return []
    shown = value if isinstance(value, str) else json.dumps(value)
    return [f"{path.lstrip('.')}: {shown}" if path else shown]
