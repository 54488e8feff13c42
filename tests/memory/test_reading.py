"""Images and scanned pages become text where somebody reads them, and are left out where not."""

import pytest
from hashed_words import HashedWords
from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from dragoman import Memory
from dragoman.errors import EngineReplyError, EngineUnavailableError, InvalidInputError
from dragoman.memory import Cluster
from dragoman.models.images import plain_picture

FORM = "Antrag auf Rückgabe: Bestellung E-551, zwei Gläser."


@pytest.fixture
def memory(tmp_path):
    with Memory(tenant="acme", home=tmp_path / "home", embedder=HashedWords()) as memory:
        yield memory


@pytest.fixture
def folder(tmp_path):
    """A photo, a scan of one page, and a PDF with a text page and a scanned one."""
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "photo.png").write_bytes(plain_picture((200, 200, 200)))
    Image.new("RGB", (120, 160), "white").save(folder / "scan.pdf")
    writer = PdfWriter()
    page = writer.add_blank_page(200, 200)
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
        }
    )
    fonts = DictionaryObject({NameObject("/F1"): writer._add_object(font)})
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
    stream = DecodedStreamObject()
    stream.set_data(b"BT /F1 12 Tf 10 100 Td (Terms of delivery) Tj ET")
    page[NameObject("/Contents")] = writer._add_object(stream)
    writer.append(folder / "scan.pdf")
    writer.write(folder / "mixed.pdf")
    return folder


def reader(text=FORM):
    seen = []

    def read(data):
        seen.append(data)
        return text

    read.seen = seen
    return read


def test_photos_and_scans_are_taken_in_as_what_the_model_read(memory, folder):
    read = reader()
    report = memory.ingest(folder, read_image=read)
    assert (report.added, report.failed, report.needs_ocr) == (3, (), ())
    assert len(read.seen) == 3
    assert all(data.startswith((b"\x89PNG", b"\xff\xd8\xff")) for data in read.seen)
    texts = {each.source: memory.document_text(each.document_id) for each in memory.documents()}
    assert texts["papers/photo.png"] == FORM
    assert texts["papers/scan.pdf"] == FORM
    assert "Terms of delivery" in texts["papers/mixed.pdf"]
    assert FORM in texts["papers/mixed.pdf"]
    assert {note.source for note in report.notes} == set(texts)  # people are told who read it


def test_without_a_reader_they_are_left_out_as_before(memory, folder):
    report = memory.ingest(folder)
    assert [file.source for file in report.failed] == ["papers/scan.pdf"]
    assert report.skipped == 1
    assert {file.source for file in report.needs_ocr} == {"papers/mixed.pdf", "papers/scan.pdf"}


def test_what_was_stored_in_part_is_read_in_full_once_there_is_a_reader(memory, folder):
    memory.ingest(folder)
    report = memory.ingest(folder, read_image=reader())
    assert (report.added, report.changed) == (2, 1)
    again = reader()
    assert memory.ingest(folder, read_image=again).unchanged == 3
    assert again.seen == []


def test_a_later_ingest_without_a_reader_keeps_what_was_read(memory, folder):
    memory.ingest(folder, read_image=reader())
    report = memory.ingest(folder)
    assert (report.removed, report.changed, report.failed) == (0, 0, ())
    assert len(memory.documents()) == 3


def test_a_picture_that_the_model_cannot_read_is_reported_and_stops_nothing(memory, folder):
    def read(data):
        if data == plain_picture((200, 200, 200)):
            raise EngineReplyError("It repeated itself.", cure="Ask again.")
        return FORM

    report = memory.ingest(folder, read_image=read)
    ((source, reason),) = [(file.source, file.reason) for file in report.failed]
    assert source == "papers/photo.png"
    assert "repeated itself" in reason
    assert report.added == 2


def test_an_image_without_anything_in_it_is_reported(memory, folder):
    report = memory.ingest(folder / "photo.png", read_image=reader("  "))
    assert "Nothing was found" in report.failed[0].reason


def test_an_engine_that_is_gone_ends_the_ingest_instead_of_failing_every_file(memory, folder):
    def read(data):
        raise EngineUnavailableError("It does not answer.")

    with pytest.raises(EngineUnavailableError):
        memory.ingest(folder, read_image=read)
    assert memory.ingest(folder, read_image=reader()).failed == ()


def test_images_are_not_read_in_a_cluster(memory, folder):
    with pytest.raises(InvalidInputError, match="cluster"):
        memory.ingest(folder, read_image=reader(), cluster=Cluster(address="local"))
