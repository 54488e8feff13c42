"""Whatever is wrong with a file, it is that file's failure, with a reason, and nothing else's."""

import subprocess
import sys
import zipfile

import pytest
from files import (
    encrypted_zip,
    write_docx,
    write_epub,
    write_pdf,
    write_pptx,
    write_xlsx,
    write_zip,
)
from pypdf import PdfWriter

from dragoman.memory.load import LOADERS

OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
KINDS = [*sorted(LOADERS), ".zip"]
BINARY = [".docx", ".pptx", ".xlsx", ".epub", ".pdf", ".zip"]


@pytest.fixture
def good(docs):
    (docs / "good.md").write_text("good")


def whole(path):
    """A sound file of the kind of `path`."""
    match path.suffix:
        case ".docx":
            write_docx(path, [("1", "Care"), ("", "wipe it " * 50)])
        case ".pptx":
            write_pptx(path, [{"title": "Care", "body": "wipe it"}])
        case ".xlsx":
            write_xlsx(path, {"Care": [["a", "b"], ["c", "d"]]})
        case ".epub":
            write_epub(path, [("a.xhtml", "<p>wipe it</p>")])
        case ".pdf":
            write_pdf(path, ["wipe it"])
        case ".zip":
            write_zip(path, {"a.md": "wipe it"})
    return path


def failures(memory, docs):
    """What an ingest says of the bad file, after it has stored the good one."""
    report = memory.ingest(docs)
    assert [document.source for document in memory.documents()] == ["docs/good.md"]
    return [failure.reason for failure in report.failed]


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_file(memory, docs, good, kind):
    (docs / f"bad{kind}").write_bytes(b"")
    [reason] = failures(memory, docs)
    assert reason


@pytest.mark.parametrize("kind", BINARY)
@pytest.mark.parametrize("share", [0.3, 0.9])
def test_a_truncated_file(memory, docs, good, kind, share):
    path = whole(docs / f"bad{kind}")
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    [reason] = failures(memory, docs)
    assert "Traceback" not in reason


@pytest.mark.parametrize("kind", BINARY)
def test_a_file_of_another_kind_under_a_wrong_name(memory, docs, good, kind):
    other = ".pdf" if kind != ".pdf" else ".docx"
    (docs / f"bad{kind}").write_bytes(whole(docs.parent / f"x{other}").read_bytes())
    [reason] = failures(memory, docs)
    assert reason


@pytest.mark.parametrize("kind", [".docx", ".pptx", ".xlsx", ".epub"])
def test_a_zip_file_of_another_kind_under_a_wrong_name(memory, docs, good, kind):
    other = ".xlsx" if kind != ".xlsx" else ".docx"
    (docs / f"bad{kind}").write_bytes(whole(docs.parent / f"x{other}").read_bytes())
    [reason] = failures(memory, docs)
    assert reason


@pytest.mark.parametrize("kind", [".docx", ".pptx", ".xlsx"])
def test_an_office_file_with_a_password(memory, docs, good, kind):
    (docs / f"bad{kind}").write_bytes(OLD_OFFICE)
    [reason] = failures(memory, docs)
    assert "password" in reason


@pytest.mark.parametrize("kind", [".docx", ".epub"])
def test_a_zipped_document_with_encrypted_members(memory, docs, good, kind):
    encrypted_zip(docs / f"bad{kind}", "word/document.xml", "<x/>")
    [reason] = failures(memory, docs)
    assert "password" in reason


def test_a_pdf_with_a_password(memory, docs, good):
    writer = PdfWriter(clone_from=whole(docs / "bad.pdf"))
    writer.encrypt("secret", algorithm="RC4-128")
    writer.write(docs / "bad.pdf")
    [reason] = failures(memory, docs)
    assert "password" in reason


def test_a_damaged_pdf_writes_nothing_to_standard_error(docs):
    code = "import sys, pathlib, dragoman.memory.load as l; l.load(pathlib.Path(sys.argv[1]))"
    path = whole(docs / "bad.pdf")
    path.write_bytes(path.read_bytes()[:-6])
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, check=False)
    assert b"EOF marker" not in done.stderr


@pytest.mark.parametrize("kind", KINDS)
def test_a_huge_file(memory, docs, good, monkeypatch, kind):
    monkeypatch.setattr("dragoman.memory.load.MAX_FILE_BYTES", 1000)
    monkeypatch.setattr("dragoman.memory.archive.MAX_ARCHIVE_BYTES", 1000)
    (docs / f"bad{kind}").write_bytes(b"x" * 1001)
    [reason] = failures(memory, docs)
    assert "more than" in reason


@pytest.mark.parametrize("kind", [".docx", ".pptx", ".xlsx", ".epub"])
def test_entities_that_expand_without_end(memory, docs, good, kind):
    path = whole(docs / f"bad{kind}")
    bomb = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "aaaaaaaaaa">'
    bomb += "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    with zipfile.ZipFile(path) as package:
        members = {name: package.read(name) for name in package.namelist()}
    for name in members:
        if name.endswith(("document.xml", "slide1.xml", "sheet1.xml", "book.opf")):
            members[name] = (bomb + "]><x>&a9;</x>").encode()
    write_zip(path, members)
    [reason] = failures(memory, docs)
    assert reason
