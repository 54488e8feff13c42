"""The tools of this example: mails of a folder, and tickets in SQLite."""

import sqlite3
from email import policy
from email.parser import BytesParser
from pathlib import Path

from dragoman import tool


@tool(effect="none")
def read_mails(folder: str) -> list[dict[str, str]]:
    """The mails of a folder: sender, subject and text of each."""
    found = []
    for path in sorted(Path(folder).glob("*.eml")):
        mail = BytesParser(policy=policy.default).parsebytes(path.read_bytes())
        body = mail.get_body(("plain",))
        found.append(
            {
                "file": path.name,
                "sender": str(mail["From"]),
                "subject": str(mail["Subject"]),
                "text": body.get_content().strip() if body else "",
            }
        )
    return found


@tool(effect="once", idempotency_key="key")
def add_ticket(
    database: str, sender: str, subject: str, kind: str, order: str, summary: str, key: str
) -> int:
    """Add a ticket; under a key that is known already, the ticket that is there."""
    with sqlite3.connect(database) as connection:
        connection.execute(
            "CREATE TABLE IF NOT EXISTS tickets (number INTEGER PRIMARY KEY, key TEXT UNIQUE,"
            " sender TEXT, subject TEXT, kind TEXT, order_number TEXT, summary TEXT)"
        )
        connection.execute(
            "INSERT INTO tickets (key, sender, subject, kind, order_number, summary)"
            " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING",
            (key, sender, subject, kind, order, summary),
        )
        row = connection.execute("SELECT number FROM tickets WHERE key = ?", (key,)).fetchone()
    return int(row[0])
