"""Makes small files of the kinds that are read."""

import base64
import io
import zipfile
from urllib.parse import quote
from xml.sax.saxutils import escape

from openpyxl import Workbook
from pptx import Presentation
from pptx.util import Inches


def write_pdf(path, pages):
    """A PDF whose pages show the given lines; an empty page is a filled box, None a blank page."""
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        None,
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    kids = []
    for text in pages:
        lines = ") Tj 0 -14 Td (".join(text.split("\n")) if text else ""
        stream = f"BT /F1 12 Tf 50 700 Td ({lines}) Tj ET" if text else ""
        if text == "":
            stream = "0 0 600 800 re f"
        objects.append(f"<</Length {len(stream)}>>stream\n{stream}\nendstream")
        objects.append(
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents {len(objects)} 0 R"
            "/Resources<</Font<</F1 3 0 R>>>>>>"
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<</Type/Pages/Kids[{' '.join(kids)}]/Count {len(kids)}>>"
    body, offsets = "%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(body))
        body += f"{number} 0 obj{content}endobj\n"
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    body += (
        f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
        f"trailer<</Size {len(objects) + 1}/Root 1 0 R>>\nstartxref\n{len(body)}\n%%EOF"
    )
    path.write_bytes(body.encode("latin-1"))


def write_docx(path, paragraphs):
    """A Word file of (style, text) paragraphs; style is "" or a heading level such as "1"."""
    ns = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    body = "".join(
        "<w:p>"
        + (f'<w:pPr><w:pStyle w:val="Heading{style}"/></w:pPr>' if style else "")
        + f"<w:r><w:t>{escape(text)}</w:t></w:r></w:p>"
        for style, text in paragraphs
    )
    styles = "".join(
        f'<w:style w:type="paragraph" w:styleId="Heading{n}"><w:name w:val="heading {n}"/>'
        "</w:style>"
        for n in (1, 2)
    )
    types = "http://schemas.openxmlformats.org/package/2006/content-types"
    word = "application/vnd.openxmlformats-officedocument.wordprocessingml"
    packages = "http://schemas.openxmlformats.org/package/2006/relationships"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{types}"><Default Extension="rels" ContentType='
            '"application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/word/document.xml" ContentType="{word}.document.main+xml"/>'
            f'<Override PartName="/word/styles.xml" ContentType="{word}.styles+xml"/></Types>',
        )
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{packages}"><Relationship Id="r1" Type="{rel}/officeDocument" '
            'Target="word/document.xml"/></Relationships>',
        )
        archive.writestr(
            "word/_rels/document.xml.rels",
            f'<Relationships xmlns="{packages}"><Relationship Id="r1" Type="{rel}/styles" '
            'Target="styles.xml"/></Relationships>',
        )
        archive.writestr("word/styles.xml", f"<w:styles {ns}>{styles}</w:styles>")
        archive.writestr(
            "word/document.xml", f"<w:document {ns}><w:body>{body}</w:body></w:document>"
        )


def write_pptx(path, slides, *, title=""):
    """A presentation of slides: dicts with title, body, table (rows), notes, picture (bool)."""
    presentation = Presentation()
    presentation.core_properties.title = title
    for content in slides:
        layout = presentation.slide_layouts[5 if content.get("title") else 6]
        slide = presentation.slides.add_slide(layout)
        if content.get("title"):
            slide.shapes.title.text = content["title"]
        box = Inches(1), Inches(2), Inches(5), Inches(2)
        if content.get("body"):
            slide.shapes.add_textbox(*box).text_frame.text = content["body"]
        if content.get("table"):
            rows = content["table"]
            table = slide.shapes.add_table(len(rows), len(rows[0]), *box).table
            for r, row in enumerate(rows):
                for c, value in enumerate(row):
                    table.cell(r, c).text = value
        if content.get("notes"):
            slide.notes_slide.notes_text_frame.text = content["notes"]
        if content.get("picture"):
            slide.shapes.add_picture(io.BytesIO(PIXEL), *box)
    presentation.save(path)


def write_xlsx(path, sheets, *, hidden=()):
    """A workbook of sheets: name to rows of values."""
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
        if name in hidden:
            sheet.sheet_state = "hidden"
    book.save(path)
    return path


def write_epub(path, chapters, *, contents=(), title="", encrypted=()):
    """A book of (name, XHTML body) chapters; `contents` maps names to titles."""
    items = "".join(
        f'<item id="c{i}" href="{quote(name)}" media-type="application/xhtml+xml"/>'
        for i, (name, _) in enumerate(chapters)
    )
    links = "".join(f'<li><a href="{quote(n)}#x">{t}</a></li>' for n, t in dict(contents).items())
    spine = "".join(f'<itemref idref="c{i}"/>' for i in range(len(chapters)))
    with zipfile.ZipFile(path, "w") as book:
        book.writestr("mimetype", "application/epub+zip")
        book.writestr(
            "META-INF/container.xml",
            '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
            '<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>',
        )
        book.writestr(
            "OEBPS/book.opf",
            '<package xmlns="http://www.idpf.org/2007/opf"><metadata '
            f'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{title}</dc:title></metadata>'
            '<manifest><item id="nav" href="nav.xhtml" properties="nav" '
            f'media-type="application/xhtml+xml"/>{items}</manifest>'
            f'<spine><itemref idref="nav"/>{spine}</spine></package>',
        )
        book.writestr(
            "OEBPS/nav.xhtml",
            f'<html xmlns="http://www.w3.org/1999/xhtml"><body><ol>{links}</ol></body></html>',
        )
        for name, body in chapters:
            page = f'<html xmlns="http://www.w3.org/1999/xhtml"><body>{body}</body></html>'
            book.writestr(f"OEBPS/{name}", page)
        if encrypted:
            references = "".join(f'<CipherReference URI="OEBPS/{name}"/>' for name in encrypted)
            book.writestr("META-INF/encryption.xml", f"<encryption>{references}</encryption>")


class _OldName(zipfile.ZipInfo):
    """An entry whose name is written in a code page, without the mark of UTF-8."""

    encoding = "cp437"

    def _encodeFilenameFlags(self):  # noqa: N802 - zipfile's own name
        return self.filename.encode(self.encoding), self.flag_bits


def write_zip(path, members, *, encoding=None):
    """An archive of name to bytes or text; with an `encoding`, names as old packers wrote them."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            entry = zipfile.ZipInfo(name)
            if encoding is not None:
                entry = _OldName(name)
                entry.encoding = encoding
            archive.writestr(entry, data, zipfile.ZIP_DEFLATED)
    return path


def encrypted_zip(path, name, data):
    """An archive whose one member says that it is encrypted."""
    write_zip(path, {name: data})
    raw = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        raw[raw.index(signature) + offset] |= 1
    path.write_bytes(raw)
    return path


PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
