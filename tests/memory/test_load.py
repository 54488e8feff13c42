import zipfile

import pytest
from files import write_docx, write_pdf

from dragoman.errors import DocumentError
from dragoman.memory import load as loading
from dragoman.memory.load import load


def outline(extracted):
    return [(h.level, h.title, extracted.text[h.start : h.end]) for h in extracted.headings]


def test_markdown_headings_are_found_outside_of_code(tmp_path):
    path = tmp_path / "a.md"
    path.write_text("# One *bold*\ntext\n```\n# no heading\n```\nTwo\n---\n### Three ###\n")
    extracted = load(path)
    assert extracted.title == "One bold"
    assert outline(extracted) == [
        (1, "One bold", "# One *bold*"),
        (2, "Two", "Two\n---"),
        (3, "Three", "### Three ###"),
    ]


def test_a_markdown_front_matter_gives_the_title(tmp_path):
    path = tmp_path / "a.md"
    path.write_text('---\ntitle: "Rückgabe"\n---\n# Other\n')
    assert load(path).title == "Rückgabe"
    assert [h.title for h in load(path).headings] == ["Other"]


def test_an_html_page_is_read_without_its_menus_and_scripts(tmp_path):
    path = tmp_path / "a.html"
    path.write_text(
        "<html><head><title>Shop</title><style>p{}</style></head><body><nav>Home</nav>"
        "<h1>Returns</h1><p>Within <b>30</b>\n days.</p><script>x()</script>"
        "<p hidden>secret</p><table><tr><th>Part</th><th>Years</th></tr>"
        "<tr><td>Motor</td><td>5</td></tr></table><ul><li>one</li><li>two</li></ul></body></html>"
    )
    extracted = load(path)
    assert extracted.title == "Shop"
    assert extracted.text == (
        "Returns\n\nWithin 30 days.\n\nPart | Years\nMotor | 5\n\n- one\n- two"
    )
    assert outline(extracted) == [(1, "Returns", "Returns")]


def test_html_text_between_tags_keeps_its_spaces(tmp_path):
    path = tmp_path / "a.html"
    path.write_text("<p>a <i>b</i> c<br>d</p>e")
    assert load(path).text == "a b c\nd\n\ne"


def test_a_pdf_keeps_its_pages(tmp_path):
    path = tmp_path / "a.pdf"
    write_pdf(path, ["First page", "Second page"])
    extracted = load(path)
    assert [extracted.text[at:].split("\n")[0] for at in extracted.pages] == [
        "First page",
        "Second page",
    ]
    assert extracted.notes == ()


def test_scanned_pages_are_named(tmp_path):
    path = tmp_path / "a.pdf"
    write_pdf(path, ["", "Text", "", ""])
    assert load(path).notes == ("needs OCR: page 1, 3-4 without a text layer",)


def test_a_pdf_of_scans_only_needs_ocr(tmp_path):
    path = tmp_path / "a.pdf"
    write_pdf(path, ["", ""])
    with pytest.raises(DocumentError, match="OCR"):
        load(path)


def test_a_word_file_keeps_its_headings(tmp_path):
    path = tmp_path / "a.docx"
    write_docx(path, [("1", "Gerät"), ("", "Ein Satz."), ("2", "Pflege"), ("", "Noch einer.")])
    extracted = load(path)
    assert outline(extracted) == [(1, "Gerät", "Gerät"), (2, "Pflege", "Pflege")]
    assert extracted.text == "Gerät\n\nEin Satz.\n\nPflege\n\nNoch einer."


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("empty.txt", b""),
        ("blank.md", b" \n\n"),
        ("binary.txt", b"\x00\x01\x02"),
        ("broken.pdf", b"%PDF-1.4 nothing more"),
        ("no.pdf", b"this is no pdf"),
        ("broken.docx", b"PK\x03\x04 nothing more"),
        ("unknown.xyz", b"text"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(tmp_path, name, data):
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(DocumentError):
        load(path)


def test_a_document_that_unpacks_to_too_much_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "bomb.docx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"0" * 2_000_000)
    monkeypatch.setattr("dragoman.memory.package.MAX_UNPACKED_BYTES", 1_000_000)
    with pytest.raises(DocumentError, match="unpacks"):
        load(path)


def test_a_huge_file_is_refused_without_reading_it(tmp_path, monkeypatch):
    path = tmp_path / "a.txt"
    path.write_text("x" * 100)
    monkeypatch.setattr(loading, "MAX_FILE_BYTES", 99)
    with pytest.raises(DocumentError, match="MiB"):
        loading.fingerprint(path)


def test_control_characters_do_not_reach_the_store(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"a\x1b[31mb\x07c")
    assert load(path).text == "a\ufffd[31mb\ufffdc"


def test_restructured_text_has_headings_by_their_rules(tmp_path):
    path = tmp_path / "a.rst"
    path.write_text("Title\n=====\ntext\n\nPart\n----\nmore\n\nNext\n====\n")
    extracted = load(path)
    assert extracted.title == "Title"
    assert [(h.level, h.title) for h in extracted.headings] == [
        (1, "Title"),
        (2, "Part"),
        (1, "Next"),
    ]


def test_a_row_of_a_table_explains_itself(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("product;price\nCooker;99\nVacuum;\n")
    assert load(path).text == "product: Cooker\nprice: 99\n\nproduct: Vacuum"


def test_json_is_read_value_by_value(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('[{"a": {"b": "x"}, "n": 1, "none": null}, {"a": ["y", "z"]}]')
    assert load(path).text == "a.b: x\nn: 1\n\na: y\na: z"


def test_broken_json_says_so(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('{"a": ')
    with pytest.raises(DocumentError, match="JSON"):
        load(path)


def test_a_mail_is_read_with_its_head(tmp_path):
    path = tmp_path / "a.eml"
    path.write_bytes(
        b"From: a@example.com\r\nSubject: =?utf-8?b?6L+U5ZOB?=\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: text/html; charset=shift_jis\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        + "<p>三十日以内</p>".encode("cp932")
    )
    extracted = load(path)
    assert extracted.title == "返品"
    assert extracted.text == "Subject: 返品\nFrom: a@example.com\n\n三十日以内"


@pytest.mark.parametrize(
    ("name", "text"),
    [("deep.html", "<div>" * 3000 + "x" + "</div>" * 3000), ("deep.json", "[" * 700 + "]" * 700)],
)
def test_a_file_that_breaks_its_parser_is_that_files_failure(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    with pytest.raises(DocumentError, match="RecursionError"):
        load(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.json", rb'{"name": "x \ud83d y", "note": "a\u0000b"}'),
        ("a.eml", b"Subject: s\nContent-Type: text/plain; charset=utf-7\n\na +2D0- b\0\n"),
    ],
)
def test_characters_that_cannot_be_stored_do_not_come_in_by_an_escape(tmp_path, name, data):
    (tmp_path / name).write_bytes(data)
    text = load(tmp_path / name).text
    assert text.count("\ufffd") == 2
    assert text.encode().decode() == text
    assert "\0" not in text
