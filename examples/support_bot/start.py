"""Try the support bot: its documents are taken in, then it chats, serves or answers.

Usage:
    python examples/support_bot/start.py chat --customer C-1001
    python examples/support_bot/start.py serve --customer C-1002
    python examples/support_bot/start.py ask "KW-2041はいつ届きますか。" --customer C-1001
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from dragoman import Memory, Settings
from dragoman.serving.cli import app

HERE = Path(__file__).resolve().parent
TENANT = "kawasemi"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["chat", "serve", "ask"], nargs="?", default="chat")
    parser.add_argument("question", nargs="?", default="")
    parser.add_argument("--customer", default="C-1001", help="Who is logged in: C-1001 to C-1008.")
    options, rest = parser.parse_known_args()
    os.environ.setdefault("SHOP_CUSTOMER", options.customer)
    with Memory(tenant=TENANT, settings=Settings(tenant=TENANT)) as memory:
        memory.ingest(HERE / "documents")
    arguments = [options.what, "--tenant", TENANT, "--agent", str(HERE / "agent.yaml"), *rest]
    app([*arguments[:1], *filter(None, [options.question]), *arguments[1:]])


if __name__ == "__main__":
    main()
