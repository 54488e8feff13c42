"""What is there twice: files, running headers, menus, passages."""

import pytest
from files import write_pdf, write_zip

from dragoman.memory import survey
from dragoman.memory.boilerplate import line_key, markup_keys, without_running_lines
from dragoman.memory.html import extract_html


def page(number, *, menu=("Home", "Products", "About us"), foot=("© ACME 2026", "Imprint")):
    items = "".join(f"<li><a href='/x'>{entry}</a></li>" for entry in menu)
    return (
        f"<html><body><div><ul>{items}</ul></div><h1>Product {number}</h1>"
        f"<p>Weight &amp; <b>size</b>: {number}</p><h2>Care</h2><p>Wipe it.</p>"
        f"<p>Last words on {number}.</p>"
        + "".join(f"<div>{line}</div>" for line in foot)
        + "</body></html>"
    )


def write_site(folder, count=6, **parts):
    folder.mkdir(exist_ok=True)
    for number in range(count):
        (folder / f"{number}.html").write_text(page(number, **parts))


def texts(memory):
    return {d.source: memory.document_text(d.document_id) for d in memory.documents()}


def test_of_two_identical_files_one_is_stored_and_the_other_named(memory, docs):
    (docs / "a.md").write_text("one")
    (docs / "copy").mkdir()
    (docs / "copy" / "a.md").write_text("one")
    write_zip(docs / "z.zip", {"a.md": "one"})
    for first in (1, 0):
        report = memory.ingest(docs)
        assert (report.added, report.unchanged) == (first, 1 - first)
        assert [(d.source, d.same_as) for d in report.duplicates] == [
            ("docs/z.zip/a.md", "docs/a.md"),
            ("docs/copy/a.md", "docs/a.md"),
        ]
    assert list(texts(memory)) == ["docs/a.md"]


def test_the_copy_takes_over_when_the_stored_file_is_gone(memory, docs):
    (docs / "a.md").write_text("one")
    (docs / "b.md").write_text("one")
    memory.ingest(docs)
    (docs / "a.md").write_text("something else")
    report = memory.ingest(docs)
    assert (report.added, report.changed, report.duplicates) == (1, 1, ())
    assert texts(memory) == {"docs/a.md": "something else", "docs/b.md": "one"}


def test_the_stored_file_stays_when_a_copy_comes_before_it(memory, docs, embedder):
    (docs / "b.md").write_text("one")
    memory.ingest(docs)
    embedder.embedded.clear()
    (docs / "a.md").write_text("one")
    report = memory.ingest(docs)
    assert (report.unchanged, report.duplicates[0].same_as) == (1, "docs/b.md")
    assert embedder.embedded == []


def test_a_document_that_became_a_copy_is_removed(memory, docs):
    (docs / "a.md").write_text("one")
    (docs / "b.md").write_text("two")
    memory.ingest(docs)
    (docs / "b.md").write_text("one")
    report = memory.ingest(docs)
    assert (report.unchanged, report.removed, len(report.duplicates)) == (1, 1, 1)
    assert texts(memory) == {"docs/a.md": "one"}


def test_a_copy_of_a_file_that_cannot_be_read_keeps_its_last_good_version(memory, docs):
    (docs / "b.pdf").write_bytes(b"")
    write_pdf(docs / "b.pdf", ["good"])
    memory.ingest(docs)
    for name in ("a.pdf", "b.pdf"):
        (docs / name).write_bytes(b"%PDF-1.4 broken")
    report = memory.ingest(docs)
    assert report.removed == 0
    assert texts(memory) == {"docs/b.pdf": "good"}


def test_files_of_different_kinds_or_of_other_ingests_are_no_copies(memory, tmp_path, docs):
    (tmp_path / "other").mkdir()
    for path in (docs / "a.md", docs / "a.txt", tmp_path / "other" / "a.md"):
        path.write_text("# one\ntwo")
    assert memory.ingest(docs).duplicates == ()
    assert memory.ingest(tmp_path / "other").duplicates == ()
    assert len(memory.documents()) == 3


def test_running_headers_and_page_numbers_are_dropped(memory, docs):
    pages = [
        f"ACME Handbook\nChapter {n // 3}\nwords {n} on it\nSeite {n + 1} von 9" for n in range(9)
    ]
    write_pdf(docs / "a.pdf", pages)
    report = memory.ingest(docs)
    [text] = texts(memory).values()
    assert text.split() == "".join(f"Chapter {n // 3} words {n} on it " for n in range(9)).split()
    assert report.boilerplate_lines == 18
    assert memory.search("words 4 on it", k=1)[0].page == 5


def test_numbers_that_do_not_count_pages_are_kept():
    pages = [f"Total {n * n}\ntext {n}\n" for n in range(8)]
    assert without_running_lines(pages) == (pages, 0)


@pytest.mark.parametrize("foot", ["- {} -", "{} / 12", "第{}页", "{}ページ", "{} 쪽", "صفحة {}"])
def test_page_numbers_of_many_languages_are_dropped(foot):
    pages = [f"Day {n + 1}\ntext {n * n}\n{foot.format(n + 7)}" for n in range(5)]
    assert without_running_lines(pages)[0] == [f"Day {n + 1}\ntext {n * n}" for n in range(5)]


def test_left_and_right_headers_are_both_dropped():
    pages = [("Book" if n % 2 else "Chapter") + f"\ntext {n * n}" for n in range(10)]
    kept, dropped = without_running_lines(pages)
    assert kept == [f"text {n * n}" for n in range(10)]
    assert dropped == 10


def test_two_pages_have_no_running_header():
    pages = ["Header\none", "Header\ntwo"]
    assert without_running_lines(pages) == (pages, 0)


def test_what_repeats_inside_the_pages_stays():
    pages = [f"first {n * n}\nsame\nsame\nsame\nlast {n * n}" for n in range(9)]
    assert without_running_lines(pages)[0] == pages


def test_a_scan_under_a_running_header_needs_ocr(memory, docs):
    write_pdf(docs / "a.pdf", ["Scanned by X\nwords", "Scanned by X", "Scanned by X\nmore", None])
    report = memory.ingest(docs)
    assert report.needs_ocr == ()  # the page with the header only shows nothing else
    write_pdf(docs / "a.pdf", ["words", "", None])
    assert [(s.source, s.pages) for s in memory.ingest(docs).needs_ocr] == [("docs/a.pdf", (2,))]


def test_a_document_of_scans_only_fails_and_needs_ocr(memory, docs):
    write_pdf(docs / "a.pdf", ["", ""])
    report = memory.ingest(docs)
    assert [s.pages for s in report.needs_ocr] == [(1, 2)]
    assert [failure.source for failure in report.failed] == ["docs/a.pdf"]


def test_what_the_pages_of_a_site_share_is_dropped(memory, docs):
    write_site(docs / "site")
    (docs / "alone.html").write_text(page(9))
    report = memory.ingest(docs)
    found = texts(memory)
    assert found["docs/site/3.html"] == (
        "Product 3\n\nWeight & size: 3\n\nCare\n\nWipe it.\n\nLast words on 3."
    )
    assert found["docs/alone.html"].startswith("- Home")
    assert report.boilerplate_lines == 6 * 5
    assert memory.search("Wipe it", k=1)[0].heading_path == ("Product 9", "Care")


def test_pages_of_a_site_in_an_archive_are_cleaned_too(memory, docs):
    write_zip(docs / "site.zip", {f"{n}.html": page(n) for n in range(6)})
    memory.ingest(docs)
    assert all(text.startswith("Product") for text in texts(memory).values())


def test_a_site_is_read_again_only_when_what_it_shares_changes(memory, docs, embedder):
    write_site(docs)
    memory.ingest(docs)
    assert memory.ingest(docs).unchanged == 6
    (docs / "6.html").write_text(page(6))
    report = memory.ingest(docs)
    assert (report.added, report.unchanged) == (1, 6)
    embedder.embedded.clear()
    write_site(docs, 7, foot=("© ACME 2027", "Imprint"))
    assert memory.ingest(docs).changed == 7
    assert embedder.embedded == []  # the words that are kept are the same


def test_pages_are_cleaned_when_their_folder_becomes_a_site(memory, docs):
    write_site(docs, 4)
    assert memory.ingest(docs).boilerplate_lines == 0
    write_site(docs, 6)
    report = memory.ingest(docs)
    assert (report.added, report.changed) == (2, 4)
    assert all(text.startswith("Product") for text in texts(memory).values())


def test_pages_that_are_named_one_by_one_are_no_site(memory, docs):
    write_site(docs)
    report = memory.ingest(sorted(docs.iterdir()))
    assert (report.added, report.boilerplate_lines) == (6, 0)


def test_a_few_pages_are_no_site(memory, docs):
    write_site(docs, survey.SITE_SAMPLE // 10)
    assert memory.ingest(docs).boilerplate_lines == 0


def test_the_quick_look_at_a_page_sees_the_lines_that_are_read():
    markup = page(1) + "<table><tr><td>a</td><td>b</td></tr></table><script>x()</script>"
    seen = {key for key in markup_keys(markup) if key}
    read = {line_key(line) for line in extract_html(markup).text.split("\n")} - {""}
    assert seen == read


@pytest.mark.parametrize(("price", "stored"), [("1.50", 1), ("150", 2), ("-1.50", 2)])
def test_a_passage_that_repeats_is_stored_once(memory, docs, price, stored):
    same = "The fee for a second delivery is 1.50 in all of the countries we ship to"
    other = same.replace("1.50", price).upper().replace(" ", "  ")
    write_pdf(docs / "a.pdf", [same, other])
    report = memory.ingest(docs)
    assert (report.passages, report.repeated_passages) == (stored, 2 - stored)


def test_the_same_words_under_another_heading_are_another_passage(memory, docs):
    words = "Parcels take two days and are sent with a tracking number. " * 30
    (docs / "a.md").write_text(f"# Germany\n\n{words}\n\n# France\n\n{words}\n")
    report = memory.ingest(docs)
    assert {p.heading_path for p in memory.search("Parcels", k=9)} == {("Germany",), ("France",)}
    assert report.repeated_passages + report.passages >= 4
