"""Where the writer's question should stand: the sample store's questions, three ways to ask.

    python benchmarks/writer_prompt.py --engine embedded:qwen2.5-coder:1.5b

The passages are the same in all three. A right answer holds the figure that the documents give.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Callable, Sequence

from dragoman import Memory, Passage, Settings
from dragoman.agents.prompts.preamble import preamble
from dragoman.agents.prompts.writing import ROLE, writing_request
from dragoman.agents.recall import render, within_budget
from dragoman.agents.state import ChatMessage
from dragoman.languages import profile
from dragoman.models.connect import connect
from dragoman.serving.sample_store import sample_questions, store_folder
from dragoman.tools.builtin import calculator, make_current_time
from dragoman.tools.registry import Registry

Way = Callable[[str, Sequence[Passage], str], list[ChatMessage]]


def short_role(question: str, passages: Sequence[Passage], tag: str) -> list[ChatMessage]:
    request = writing_request(
        question,
        passages=passages,
        calls=[],
        instruction=profile(tag).answer_instruction,
        notes=[],
        language=tag,
    )
    return [{"role": "system", "content": ROLE}, {"role": "user", "content": request}]


def after_the_planners_preamble(
    question: str, passages: Sequence[Passage], tag: str
) -> list[ChatMessage]:
    registry = Registry([calculator, make_current_time()])
    return [*preamble(registry), short_role(question, passages, tag)[1]]


def question_first(question: str, passages: Sequence[Passage], tag: str) -> list[ChatMessage]:
    request = f"{question}\n\n{render(passages)}\n\n{profile(tag).answer_instruction}"
    return [{"role": "system", "content": ROLE}, {"role": "user", "content": request}]


WAYS: dict[str, Way] = {
    "short role, question last": short_role,
    "planner's preamble, question last": after_the_planners_preamble,
    "short role, question first": question_first,
}


async def measure(engine_spec: str) -> None:
    settings = Settings()
    engine = await connect(engine_spec, settings)
    writer = engine.writer(max_tokens=150, temperature=0.0).bind(presence_penalty=0.0)
    with tempfile.TemporaryDirectory() as home, Memory(tenant="bench", home=home) as memory:
        memory.ingest(store_folder())
        for name, way in WAYS.items():
            right, began = 0, time.perf_counter()
            for question in sample_questions():
                found = memory.search(question.text, k=2 * settings.passage_count)
                passages = within_budget(
                    found, count=settings.passage_count, tokens=settings.passage_tokens
                )
                reply = await writer.ainvoke(
                    [dict(message) for message in way(question.text, passages, question.tag)]
                )
                good = question.figure_in(reply.text)
                right += good
                print(f"  {'right' if good else 'wrong'}  {question.tag:8}{reply.text!r}")
            seconds = time.perf_counter() - began
            print(f"{name}: {right} of {len(sample_questions())} right, {seconds:.0f} s")
    await engine.aclose()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", default="embedded:qwen2.5-coder:1.5b")
    asyncio.run(measure(parser.parse_args().engine))
