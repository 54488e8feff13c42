import pytest
from files import write_pptx
from pptx import Presentation

from dragoman.errors import NeedsOcrError
from dragoman.memory.load import load


def test_a_slide_is_a_page_with_its_title_table_and_notes(tmp_path):
    path = tmp_path / "a.pptx"
    write_pptx(
        path,
        [
            {"title": "返品", "body": "三十日以内\n送料はお客様", "notes": "Ask for the receipt."},
            {"title": "Prices", "table": [["Part", "Price"], ["Motor", "99"]]},
        ],
        title="Handbook",
    )
    extracted = load(path)
    assert extracted.title == "Handbook"
    assert extracted.text == (
        "返品\n\n三十日以内\n送料はお客様\n\nAsk for the receipt.\n\n"
        "Prices\n\nPart | Price\nMotor | 99"
    )
    assert [h.title for h in extracted.headings] == ["返品", "Prices"]
    assert [extracted.text[at:].split("\n")[0] for at in extracted.pages] == ["返品", "Prices"]
    assert all(extracted.text[h.start : h.end] == h.title for h in extracted.headings)


def test_a_slide_that_is_a_picture_needs_ocr(tmp_path):
    path = tmp_path / "a.pptx"
    write_pptx(path, [{"title": "One"}, {"picture": True}, {"title": "Three", "picture": True}, {}])
    extracted = load(path)
    assert extracted.scanned == (2,)
    assert extracted.notes == ("needs OCR: slide 2 is a picture",)


def test_slides_that_are_all_pictures_need_ocr(tmp_path):
    path = tmp_path / "a.pptx"
    write_pptx(path, [{"picture": True}, {"picture": True}])
    with pytest.raises(NeedsOcrError) as caught:
        load(path)
    assert caught.value.pages == (1, 2)


def test_shapes_in_a_group_are_read(tmp_path):
    presentation = Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[6])
    group = slide.shapes.add_group_shape()
    group.shapes.add_textbox(0, 0, 10, 10).text_frame.text = "inside"
    presentation.save(tmp_path / "a.pptx")
    assert load(tmp_path / "a.pptx").text == "inside"


def test_footers_and_slide_numbers_are_left_out(tmp_path):
    presentation = Presentation()
    layout = presentation.slide_layouts[5]
    slide = presentation.slides.add_slide(layout)
    slide.shapes.title.text = "Title"
    for placeholder in layout.placeholders:
        if placeholder.placeholder_format.idx in {10, 11, 12}:
            slide.shapes.clone_placeholder(placeholder)
    for shape in slide.placeholders:
        if shape.placeholder_format.idx in {10, 11, 12}:
            shape.text_frame.text = "ACME 2026"
    presentation.save(tmp_path / "a.pptx")
    extracted = load(tmp_path / "a.pptx")
    assert extracted.text == "Title"
    assert extracted.boilerplate == 3
