"""Draw docs/demo.svg, the README's picture, from a real run on the sample store.

Usage:
    python docs/make_picture.py [--engine embedded:qwen2.5-coder:1.5b] [TAG …]
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

PICTURE = Path(__file__).resolve().parent / "demo.svg"


def main() -> None:
    """Ask the questions of some languages and export what a person would see."""
    parser = argparse.ArgumentParser()
    parser.add_argument("tags", nargs="*", metavar="TAG", default=["ar", "ja"])
    parser.add_argument("--engine", default="auto")
    options = parser.parse_args()
    asked = [question for question in sample_questions() if question.tag in options.tags]
    # Not a terminal for rich: a growing answer would be recorded once for every step.
    console = Console(record=True, width=96, file=io.StringIO(), color_system="truecolor")
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
            for question in asked:
                console.print(f'[bold green]$[/] dragoman ask --steps "{question.text}"')
                view = TurnView(console, steps=True, engine=str(assistant.engine().spec))
                view.show(assistant.stream(question.text))
                console.print()
    PICTURE.write_text(console.export_svg(title="dragoman"), encoding="utf-8")


if __name__ == "__main__":
    main()
