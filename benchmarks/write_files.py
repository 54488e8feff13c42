"""Writes one text as a file of each kind that Dragoman reads, for the walkthrough.

Enough of each format for a reader, not for a designer: the PDF names no font that holds the letters
of all languages, so its text can be extracted and searched, but looks empty on a screen.
"""

from __future__ import annotations

import csv
import html
import io
import json
import zipfile
from email.message import EmailMessage
from pathlib import Path
from xml.sax.saxutils import escape

LEGACY = {"ja": "cp932", "ar": "cp1256", "ru": "cp1251", "th": "cp874", "de": "cp1252"}
"""Encodings from before Unicode; a language without one is written in UTF-16."""

KINDS = (
    "md", "txt", "html", "docx", "pdf", "xlsx", "pptx", "csv", "json", "eml", "epub", "legacy.txt",
)  # fmt: skip


def write(folder: Path, number: int, language: str, title: str, sentences: list[str]) -> Path:
    """Write a text as a file of the kind that its number says."""
    kind = KINDS[number % len(KINDS)]
    path = folder / language / f"{number:03}.{kind}"
    path.parent.mkdir(parents=True, exist_ok=True)
    content = content_of(kind, language, title, sentences)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def content_of(kind: str, language: str, title: str, sentences: list[str]) -> bytes | str:
    """The bytes of a file."""
    text = " ".join(sentences)
    match kind:
        case "md":
            return f"# {title}\n\n{text}\n"
        case "html":
            name = html.escape(title)
            return f"<title>{name}</title><h1>{name}</h1><p>{html.escape(text)}</p>"
        case "legacy.txt":
            return text.encode(LEGACY.get(language, "utf-16"), "xmlcharrefreplace")
        case "docx":
            return docx(title, sentences)
        case "pdf":
            return pdf([title, *sentences])
        case "xlsx":
            return xlsx(title, sentences)
        case "pptx":
            return pptx(title, text)
        case "csv":
            rows = io.StringIO()
            csv.writer(rows).writerows([("line", title), *enumerate(sentences, 1)])
            return rows.getvalue()
        case "json":
            return json.dumps({"title": title, "body": text}, ensure_ascii=False)
        case "eml":
            mail = EmailMessage()
            mail["Subject"], mail["From"] = title, "archive@example.com"
            mail.set_content(text)
            return mail.as_bytes()
        case "epub":
            return epub(title, text)
    return f"{title}\n\n{text}\n"


def docx(title: str, sentences: list[str]) -> bytes:
    """A Word file: a heading and paragraphs."""
    heading = '<w:pPr><w:pStyle w:val="Heading1"/></w:pPr>'
    body = "".join(
        f"<w:p>{heading if n == 0 else ''}<w:r><w:t>{escape(text)}</w:t></w:r></w:p>"
        for n, text in enumerate([title, *sentences])
    )
    open_xml = "http://schemas.openxmlformats.org"
    office = "application/vnd.openxmlformats-officedocument.wordprocessingml"
    word = f'xmlns:w="{open_xml}/wordprocessingml/2006/main"'
    related = f"{open_xml}/officeDocument/2006/relationships"
    return packed({
        "[Content_Types].xml": f'<Types xmlns="{open_xml}/package/2006/content-types">'
        '<Default Extension="rels" ContentType='
        '"application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{office}.document.main+xml"/>'
        f'<Override PartName="/word/styles.xml" ContentType="{office}.styles+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{open_xml}/package/2006/relationships">'
        f'<Relationship Id="r1" Type="{related}/officeDocument" Target="word/document.xml"/>'
        "</Relationships>",
        "word/_rels/document.xml.rels": f'<Relationships xmlns="{open_xml}/package/2006/'
        f'relationships"><Relationship Id="r1" Type="{related}/styles" Target="styles.xml"/>'
        "</Relationships>",
        "word/styles.xml": f'<w:styles {word}><w:style w:type="paragraph" w:styleId="Heading1">'
        '<w:name w:val="heading 1"/></w:style></w:styles>',
        "word/document.xml": f"<w:document {word}><w:body>{body}</w:body></w:document>",
    })  # fmt: skip


def epub(title: str, text: str) -> bytes:
    """A book of one chapter."""
    name = escape(title)
    page = f"<html><body><h1>{name}</h1><p>{escape(text)}</p></body></html>"
    return packed({
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": '<container><rootfiles><rootfile full-path="book.opf"/>'
        "</rootfiles></container>",
        "book.opf": f"<package><metadata><title>{name}</title></metadata><manifest><item "
        'id="a" href="a.xhtml" media-type="application/xhtml+xml"/></manifest><spine>'
        '<itemref idref="a"/></spine></package>',
        "a.xhtml": page,
    })  # fmt: skip


def xlsx(title: str, sentences: list[str]) -> bytes:
    """A workbook: a sheet with a numbered line for each sentence."""
    from openpyxl import Workbook

    book = Workbook()
    book.active.title = "".join(c for c in title if c not in r"[]:*?/\'")[:31] or "Sheet"
    for row in [("line", "text"), *enumerate(sentences, 1)]:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def pptx(title: str, text: str) -> bytes:
    """A presentation of one slide."""
    from pptx import Presentation

    presentation = Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[1])
    slide.shapes.title.text = title
    slide.placeholders[1].text = text
    file = io.BytesIO()
    presentation.save(file)
    return file.getvalue()


def pdf(lines: list[str]) -> bytes:
    """A PDF of one page whose character codes are UTF-16, so that any language can stand in it."""
    cmap = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /U def "
        "/CMapType 2 def 1 begincodespacerange <0000> <FFFF> endcodespacerange "
    )
    # A range may not cross the first byte, and a block may not hold more than a hundred.
    for block in (range(100), range(100, 200), range(200, 216), range(224, 256)):
        ranges = " ".join(f"<{high:02X}00> <{high:02X}FF> <{high:02X}00>" for high in block)
        cmap += f"{len(block)} beginbfrange {ranges} endbfrange "
    cmap += "endcmap end end"
    drawn = "T* ".join(f"<{line.encode('utf-16-be').hex()}> Tj " for line in lines)
    stream = f"BT /F 11 Tf 14 TL 40 800 Td {drawn}ET"
    font, page = "/Type/Font/BaseFont/Unseen", "/MediaBox[0 0 595 842]"
    letters = "/Registry(Adobe)/Ordering(Identity)/Supplement 0"
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        f"<</Type/Page/Parent 2 0 R{page}/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        f"<</Length {len(stream)}>>stream\n{stream}\nendstream",
        f"<<{font}/Subtype/Type0/Encoding/Identity-H/DescendantFonts[6 0 R]/ToUnicode 7 0 R>>",
        f"<<{font}/Subtype/CIDFontType2/CIDSystemInfo<<{letters}>>/DW 1000>>",
        f"<</Length {len(cmap)}>>stream\n{cmap}\nendstream",
    ]
    body, offsets = "%PDF-1.7\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(body))
        body += f"{number} 0 obj{content}endobj\n"
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    end = f"trailer<</Size {len(objects) + 1}/Root 1 0 R>>\nstartxref\n{len(body)}\n%%EOF"
    head = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n"
    return f"{body}{head}{table}{end}".encode("latin-1")


def packed(members: dict[str, str | bytes]) -> bytes:
    """A zip archive."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()
