"""A walk through the memory: 200 documents, eight languages, twelve kinds of files and an archive.

    python benchmarks/walkthrough_memory.py [--data PATH] [--folder PATH]

Takes the documents in with the default embedder, changes one file and takes the folder in again,
deletes one, breaks one, and then asks Korean questions whose answers stand only in Arabic files.
No paragraph is there in two languages. Each answer is quoted and the quote is verified in the
stored text.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections import Counter
from pathlib import Path

from write_files import KINDS, content_of, packed, write

from dragoman.languages import sentences
from dragoman.memory import IngestReport, Memory, Passage, VerifiedQuote

LANGUAGES = ("de", "ar", "en", "es", "ru", "th", "vi")
DOCUMENTS = 200
ARCHIVED = 10
COUNT = 10

QUESTIONS = (
    ("테슬라는 몇 년에 사망했나요?", "3-0"),
    ("폴란드에서 영토 구분의 기본 단위는 무엇인가요?", "1-3"),
    ("프랑스에서 개신교를 폐지한 칙령은 무엇인가요?", "10-0"),
    ("빗해파리는 하루에 자기 몸무게의 몇 배까지 먹을 수 있나요?", "17-0"),
)
"""Korean questions and the paragraphs that answer them: translations, made by hand, of the first
question that the set has for each. In this walk the paragraphs are Arabic."""


class Counting:
    """The default embedder, with a record of what it was given."""

    def __init__(self, home: Path) -> None:
        from dragoman.models import connect_embedder
        from dragoman.settings import Settings

        settings = Settings(home=home)
        self._real = connect_embedder(settings.embedder, settings)
        self.spec, self.dimensions = self._real.spec, self._real.dimensions
        self.passages = 0

    def embed_passages(self, texts):  # noqa: ANN001, ANN201 - the protocol of an embedder
        self.passages += len(texts)
        return self._real.embed_passages(texts)

    def embed_queries(self, texts):  # noqa: ANN001, ANN201 - the same
        return self._real.embed_queries(texts)


def paragraphs(data: Path) -> list[tuple[str, str, str]]:
    """Language, id and text of 200 paragraphs, each in one language only."""
    rows = [json.loads(line) for line in (data / "xquad.dev.jsonl").open(encoding="utf-8")]
    texts = {(row["id"], row["language"]): row["text"] for row in rows}
    ids = [row["id"] for row in rows if row["language"] == "en"]
    tags = [LANGUAGES[n % len(LANGUAGES)] for n in range(len(ids))]
    found = [(tag, id_, texts[id_, tag]) for id_, tag in zip(ids, tags, strict=True)]
    for line in (data / "jsquad.dev.jsonl").open(encoding="utf-8"):
        row = json.loads(line)
        found.append(("ja", f"ja-{row['id']}", row["text"]))
    return found[:DOCUMENTS]


def fill(folder: Path, found: list[tuple[str, str, str]]) -> dict[str, str]:
    """Write the files; returns the source of each paragraph."""
    sources, archived = {}, {}
    for number, (tag, id_, text) in enumerate(found):
        parts = [text[s.start : s.end].strip() for s in sentences(text, tag)]
        title = parts[0][:24]
        if number >= DOCUMENTS - ARCHIVED:
            archived[f"{title}-{number}.md"] = content_of("md", tag, title, parts)
            sources[id_] = f"{folder.name}/まとめ.zip/{title}-{number}.md"
        else:
            path = write(folder, number, tag, title, parts)
            sources[id_] = path.relative_to(folder.parent).as_posix()
    (folder / "まとめ.zip").write_bytes(packed(archived))
    return sources


def ingest(memory: Memory, folder: Path, embedder: Counting, what: str) -> IngestReport:
    """Take the folder in and say what that did."""
    before, began = embedder.passages, time.perf_counter()
    report = memory.ingest(folder)
    seconds = time.perf_counter() - began
    print(f"\n$ dragoman ingest {folder.name}   # {what}")
    print(
        f"added {report.added}, changed {report.changed}, unchanged {report.unchanged}, "
        f"removed {report.removed}, failed {len(report.failed)}; passages stored "
        f"{report.passages}, embedded {embedder.passages - before}; {seconds:.1f} s"
    )
    for failure in report.failed:
        print(f"failed {failure.source}: {failure.reason}")
    return report


def ask(memory: Memory, question: str, source: str, answers: list[str]) -> int:
    """Search, show the passage that holds the answer, verify the quote; returns its rank, or 0."""
    print(f"\n$ dragoman search -k {COUNT} {json.dumps(question, ensure_ascii=False)}")
    found = memory.search(question, k=COUNT)
    for rank, passage in enumerate(found, 1):
        for answer in answers if passage.source == source else ():
            quote = memory.verify(passage, answer)
            if quote is not None:
                show(memory, rank, passage, quote)
                return rank
    print(f"the answer is not among the first {COUNT}; first is {found[0].source}")
    return 0


def show(memory: Memory, rank: int, passage: Passage, quote: VerifiedQuote) -> None:
    """A passage and the quote in it, which is looked up once more in the document's text."""
    stored = memory.document_text(quote.document_id)
    assert stored is not None
    assert stored[quote.start : quote.end] == quote.text
    text = " ".join(passage.text.split())
    print(f"{rank}. {passage.source} ({passage.language})")
    print(text if len(text) < 240 else f"{text[:240]}…")
    print(f"verified quote, characters {quote.start} to {quote.end}: {quote.text}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    data = os.environ.get("DRAGOMAN_DATA", "../shared/data")
    parser.add_argument("--data", type=Path, default=Path(data))
    parser.add_argument("--folder", type=Path, help="where to work; a temporary folder by default")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        base = arguments.folder or Path(temporary)
        folder = base / "archive"
        folder.mkdir(parents=True)
        walk(arguments.data, folder, base / "home")


def walk(data: Path, folder: Path, home: Path) -> None:
    """All steps."""
    found = paragraphs(data)
    sources = fill(folder, found)
    files = [path for path in folder.rglob("*") if path.is_file()]
    kinds = Counter(path.name.partition(".")[2] for path in files)
    print(f"{len(files)} files: {', '.join(f'{kinds[kind]} .{kind}' for kind in (*KINDS, 'zip'))}")
    print(f"languages: {dict(Counter(tag for tag, _, _ in found))}")
    embedder = Counting(home)
    with Memory(home=home, embedder=embedder) as memory:
        report = ingest(memory, folder, embedder, "the first time")
        print(
            f"notes on {len(report.notes)} files, such as: {report.notes[0]}"
            if report.notes
            else ""
        )
        stated = {s: tag for (tag, id_, _) in found for s in [sources[id_]]}
        right = sum(d.language.startswith(stated[d.source]) for d in memory.documents())
        print(f"language recognized as the paragraph's own: {right} of {len(memory.documents())}")
        ingest(memory, folder, embedder, "again, nothing changed")
        changed = folder / "de" / "000.md"
        changed.write_text(
            changed.read_text() + "\n## Nachtrag\n\nDas Archiv schließt um 18 Uhr.\n"
        )
        ingest(memory, folder, embedder, "one section added to de/000.md")
        (folder / "en" / "002.html").unlink()
        (folder / "ru" / "004.pdf").write_bytes(b"%PDF-1.7 broken")
        ingest(memory, folder, embedder, "en/002.html deleted, ru/004.pdf damaged")
        rows = (data / "xquad.dev.jsonl").open(encoding="utf-8")
        arabic = {r["id"]: r for r in map(json.loads, rows) if r["language"] == "ar"}
        ranks = []
        for question, id_ in QUESTIONS:
            answers = arabic[id_]["questions"][0]["answers"]
            ranks.append(ask(memory, question, sources[id_], answers))
        print(f"\nranks of the answers' passages (0: not found): {ranks}")


if __name__ == "__main__":
    main()
