import zipfile

import pytest
from files import PIXEL, write_epub

from dragoman.errors import DocumentError, NeedsOcrError
from dragoman.memory.load import load


def test_chapters_keep_their_order_and_headings(tmp_path):
    write_epub(
        tmp_path / "a.epub",
        [("b.xhtml", "<h1>第一章</h1><p>雨が降る。</p>"), ("a b.xhtml", "<p>晴れた。</p>")],
        contents={"b.xhtml": "ignored", "a b.xhtml": "第二章"},
        title="天気",
    )
    extracted = load(tmp_path / "a.epub")
    assert extracted.title == "天気"
    assert extracted.text == "第一章\n\n雨が降る。\n\n第二章\n\n晴れた。"
    assert [h.title for h in extracted.headings] == ["第一章", "第二章"]
    assert all(extracted.text[h.start : h.end] == h.title for h in extracted.headings)


def test_the_table_of_contents_of_an_old_book_gives_titles_too(tmp_path):
    path = tmp_path / "a.epub"
    write_epub(path, [("a.xhtml", "<p>text</p>")])
    with zipfile.ZipFile(path) as book:
        members = {name: book.read(name) for name in book.namelist()}
    members["OEBPS/book.opf"] = members["OEBPS/book.opf"].replace(
        b"<manifest>",
        b'<manifest><item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/>',
    )
    members["OEBPS/toc.ncx"] = (
        b'<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><navMap><navPoint><navLabel>'
        b'<text>One</text></navLabel><content src="a.xhtml#p1"/></navPoint></navMap></ncx>'
    )
    with zipfile.ZipFile(path, "w") as book:
        for name, data in members.items():
            book.writestr(name, data)
    assert load(path).text == "One\n\ntext"


def test_a_locked_book_says_so(tmp_path):
    write_epub(tmp_path / "a.epub", [("a.xhtml", "<p>text</p>")], encrypted=["a.xhtml"])
    with pytest.raises(DocumentError, match="copy protection"):
        load(tmp_path / "a.epub")


def test_a_book_with_scrambled_fonts_only_is_read(tmp_path):
    write_epub(tmp_path / "a.epub", [("a.xhtml", "<p>text</p>")], encrypted=["font.otf"])
    assert load(tmp_path / "a.epub").text == "text"


def test_a_book_of_pictures_needs_ocr(tmp_path):
    write_epub(tmp_path / "a.epub", [("a.xhtml", '<img src="p.png"/>')])
    with zipfile.ZipFile(tmp_path / "a.epub", "a") as book:
        book.writestr("OEBPS/p.png", PIXEL)
    with pytest.raises(NeedsOcrError):
        load(tmp_path / "a.epub")


def test_a_zip_file_that_is_no_book_says_so(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.epub", "w") as book:
        book.writestr("x", "y")
    with pytest.raises(DocumentError, match="EPUB"):
        load(tmp_path / "a.epub")
