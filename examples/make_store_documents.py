"""Write the binary files of the sample data: a Word document and two PDFs.

They are built from the standard library alone and come out byte for byte the same each time, so
that a change of the sample data is a readable change of this script.

Usage:
    python examples/make_store_documents.py
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

EXAMPLES = Path(__file__).resolve().parent
STORE = EXAMPLES / "store"
OFFICE = EXAMPLES / "internal_docs" / "documents" / "everyone"

PURIFIER = [
    ("Heading1", "AP-20 air purifier: user manual"),
    ("Heading2", "Where to put it"),
    (
        "",
        (
            "Leave 30 cm of free space behind the purifier and 50 cm above it. It cleans rooms of"
            " up to 42 square meters. Do not use it in a bathroom."
        ),
    ),
    ("Heading2", "Filters"),
    (
        "",
        (
            "Replace the HEPA filter every 12 months, or when the red lamp comes on. The spare"
            " filter is sold as AP-20F and costs 4,600 yen. Vacuum the gray"
            " pre-filter every two"
            " weeks; it must not be washed."
        ),
    ),
    (
        "",
        "After replacing a filter, hold the Reset button for 5 seconds until the lamp goes out.",
    ),
    ("Heading2", "Modes"),
    (
        "",
        (
            "Auto follows the dust sensor. Sleep runs at 19 decibels and switches the display"
            " off. Turbo stops by itself after 30 minutes."
        ),
    ),
    ("Heading2", "Power"),
    (
        "",
        (
            "The purifier uses 4 watts in Sleep and 48 watts in Turbo. The child lock is switched"
            " on by holding Timer for 3 seconds."
        ),
    ),
    ("", "Sample data: Tonbo Home is an invented store."),
]

VACUUM = [
    [
        "# RV-5 Saugroboter: Bedienungsanleitung",
        "",
        "# Erste Inbetriebnahme",
        "Stellen Sie die Ladestation an eine freie Wand: 50 cm Platz links und",
        "rechts, 150 cm davor. Die erste Ladung dauert 5 Stunden. Danach reicht",
        "der Akku für 140 Minuten oder rund 120 Quadratmeter.",
        "",
        "# WLAN",
        "Der Roboter versteht nur das 2,4-GHz-Band. Halten Sie Home und Start",
        "zusammen 3 Sekunden gedrückt, bis die Lampe blau blinkt.",
    ],
    [
        "# Reinigung und Wartung",
        "Leeren Sie den Staubbehälter nach jeder Fahrt. Waschen Sie den Filter",
        "alle 2 Wochen unter kaltem Wasser und lassen Sie ihn 24 Stunden trocknen.",
        "Ersetzen Sie den Filter alle 6 Monate, die Seitenbürste alle 4 Monate und",
        "die Hauptbürste einmal im Jahr.",
        "",
        "# Fehlermeldungen",
        "Fehler 2: Hauptbürste blockiert. Haare mit der Schere entfernen.",
        "Fehler 5: Absturzsensor verschmutzt. Mit trockenem Tuch abwischen.",
        "Fehler 9: Akku zu heiß. Eine Stunde abkühlen lassen.",
        "",
        "Beispieldaten: Tonbo Home ist ein erfundenes Geschäft.",
    ],
]

SENSOR = [
    [
        "# HX-40 pressure sensor: service manual",
        "",
        "# Range and accuracy",
        "The HX-40 measures from 0 to 250 bar. Its accuracy is 0.05 % of full scale",
        "between 10 and 40 degrees Celsius, and 0.1 % outside of it.",
        "",
        "# Installation",
        "Tighten the sensor with 28 newton meters. Use a new copper gasket each time.",
        "The cable must not be longer than 30 meters.",
    ],
    [
        "# Calibration",
        "Let the sensor warm up for 45 minutes. Apply 0, 125 and 250 bar in turn and",
        "wait 90 seconds at each step. A drift of more than 0.08 % means that the",
        "membrane must be replaced.",
        "",
        "# Spare parts",
        "Membrane: part HX-40M. Gasket set: part HX-40G. Membranes are kept in stock",
        "in Osaka and Hamburg; delivery takes 4 working days.",
    ],
    [
        "# Fault codes",
        "F1: supply voltage below 9 volts.",
        "F3: pressure above 300 bar was seen; the sensor must be sent in.",
        "F7: memory fault; restart twice, then send the sensor in.",
        "",
        "# Repair",
        "Repairs take 12 working days. A repaired sensor has a warranty of 6 months.",
        "",
        "Sample data: Minato Instruments is an invented company.",
    ],
]

WORD_NAMESPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
PACKAGE_NAMESPACE = "http://schemas.openxmlformats.org/package/2006"
OFFICE_RELATION = (
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
)


def word_document(paragraphs: list[tuple[str, str]]) -> dict[str, str]:
    """The parts of a minimal .docx, by name."""
    body = "".join(
        "<w:p>"
        + (f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else "")
        + f'<w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p>'
        for style, text in paragraphs
    )
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    word_type = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    return {
        "[Content_Types].xml": f'{head}<Types xmlns="{PACKAGE_NAMESPACE}/content-types">'
        '<Default Extension="rels"'
        ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{word_type}"/></Types>',
        "_rels/.rels": f'{head}<Relationships xmlns="{PACKAGE_NAMESPACE}/relationships">'
        f'<Relationship Id="rId1" Type="{OFFICE_RELATION}" Target="word/document.xml"/>'
        "</Relationships>",
        "word/document.xml": f'{head}<w:document xmlns:w="{WORD_NAMESPACE}">'
        f"<w:body>{body}</w:body></w:document>",
    }


def write_docx(target: Path) -> None:
    """Write the manual of the air purifier."""
    with zipfile.ZipFile(target, "w") as archive:
        for name, text in word_document(PURIFIER).items():
            entry = zipfile.ZipInfo(name, date_time=(2026, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, text)


def page_stream(lines: list[str]) -> bytes:
    """The drawing commands of one page; a line that begins with ``#`` is a heading."""
    commands = [b"BT", b"60 780 Td"]
    for line in lines:
        heading = line.startswith("# ")
        shown = line.removeprefix("# ").encode("cp1252")
        for special in (b"\\", b"(", b")"):
            shown = shown.replace(special, b"\\" + special)
        commands += [
            b"/F2 14 Tf" if heading else b"/F1 11 Tf",
            b"(" + shown + b") Tj",
            b"0 -18 Td",
        ]
    return b"\n".join([*commands, b"ET"])


def write_pdf(target: Path, pages: list[list[str]], *, language: bytes) -> None:
    """Write pages of lines; the first line of the first one is the title."""
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /%s /Encoding /WinAnsiEncoding >>"
    kids = b" ".join(b"%d 0 R" % (5 + 2 * number) for number in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /Lang (%s) >>" % language,
        b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(pages), kids),
        font % b"Helvetica",
        font % b"Helvetica-Bold",
    ]
    for number, lines in enumerate(pages):
        stream = page_stream(lines)
        objects += [
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R"
            b" /Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> >>" % (6 + 2 * number),
            b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        ]
    title = pages[0][0].removeprefix("# ").encode("cp1252")
    objects.append(b"<< /Title (%s) >>" % title)
    data, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    target.write_bytes(
        data
        + b"xref\n0 %d\n0000000000 65535 f \n" % size
        + table
        + b"trailer\n<< /Size %d /Root 1 0 R /Info %d 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (size, len(objects), len(data))
    )


if __name__ == "__main__":
    write_docx(STORE / "air-purifier-ap20.en.docx")
    write_pdf(STORE / "robot-vacuum-rv5.de.pdf", VACUUM, language=b"de")
    write_pdf(OFFICE / "sensor-hx40.en.pdf", SENSOR, language=b"en")
