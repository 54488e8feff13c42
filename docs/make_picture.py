"""Draw docs/demo.svg and docs/chat.svg, the pictures of real runs on the sample store.

Usage:
    python docs/make_picture.py [--engine embedded:qwen2.5-coder:1.5b]
"""

from __future__ import annotations

import argparse
import io
import tempfile
from pathlib import Path

from rich.console import Console

from dragoman import Assistant, Memory
from dragoman.serving.sample_store import sample_questions, store_folder
from dragoman.serving.turn import TurnView
from dragoman.settings import Settings

FOLDER = Path(__file__).resolve().parent
ASKED = ("ja", "ar")
CHATS = (
    ("返品はいつまでにすればよいですか。", "開封した大型家電の場合、手数料はいくらですか。"),
    ("متى تنتهي صلاحية نقاط الولاء؟", "وكم تبلغ رسوم إرجاع جهاز كبير مفتوح؟"),
)


def main() -> None:
    """Ask the model and export what a person would see."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--engine", default="auto")
    options = parser.parse_args()
    own = Settings()
    with tempfile.TemporaryDirectory() as folder:
        settings = own.model_copy(
            update={"home": Path(folder), "models_dir": own.models_path, "tenant": "demo"}
        )
        with (
            Memory(settings=settings) as memory,
            Assistant(engine=options.engine, memory=memory, settings=settings) as assistant,
        ):
            memory.ingest(store_folder())
            draw_questions(assistant)
            draw_chats(assistant)


def draw_questions(assistant: Assistant) -> None:
    """`dragoman ask --steps` in two languages."""
    console = recorder()
    for question in sample_questions():
        if question.tag in ASKED:
            console.print(f'[bold green]$[/] dragoman ask --steps "{question.text}"')
            view = TurnView(console, steps=True, engine=str(assistant.engine().spec))
            view.show(assistant.stream(question.text))
            console.print()
    export(console, "demo")


def draw_chats(assistant: Assistant) -> None:
    """`dragoman chat` in two languages, two turns each."""
    console = recorder()
    for number, questions in enumerate(CHATS):
        console.print(f"[bold green]$[/] dragoman chat --thread counter-{number}", highlight=False)
        for question in questions:
            console.print(f"[bold]›[/] {question}")
            TurnView(console).show(assistant.stream(question, thread=f"counter-{number}"))
            console.print()
    export(console, "chat")


def recorder() -> Console:
    """A console that remembers; as no terminal, it records an answer once, not at each step."""
    return Console(record=True, width=96, file=io.StringIO(), color_system="truecolor")


def export(console: Console, name: str) -> None:
    """Write the picture."""
    svg = console.export_svg(title="dragoman")
    (FOLDER / f"{name}.svg").write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()
