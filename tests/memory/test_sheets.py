from datetime import date

from files import write_xlsx
from openpyxl import Workbook

from dragoman.memory.load import load


def test_a_row_is_read_with_the_labels_of_its_columns(tmp_path):
    path = write_xlsx(
        tmp_path / "a.xlsx",
        {
            "가격": [
                ["제품", "가격", "출시"],
                ["밥솥", 99.5, date(2026, 3, 1)],
                ["청소기", None],
            ],
            "Orte": [["Stadt", "Land"], ["Köln", "DE"]],
        },
    )
    extracted = load(path)
    assert extracted.text == (
        "가격\n\n제품: 밥솥\n가격: 99.5\n출시: 2026-03-01\n\n제품: 청소기\n\n"
        "Orte\n\nStadt: Köln\nLand: DE"
    )
    assert [(h.level, h.title) for h in extracted.headings] == [(1, "가격"), (1, "Orte")]
    assert all(extracted.text[h.start : h.end] == h.title for h in extracted.headings)


def test_lines_above_the_labels_stay_as_they_are(tmp_path):
    rows = [["Price list 2026"], [], ["Part", "Price"], ["Motor", 5]]
    path = write_xlsx(tmp_path / "a.xlsx", {"S": rows})
    assert load(path).text == "S\n\nPrice list 2026\n\nPart: Motor\nPrice: 5"


def test_numbers_without_labels_become_lines(tmp_path):
    path = write_xlsx(tmp_path / "a.xlsx", {"S": [[1, 2], [3, 4.5]]})
    assert load(path).text == "S\n\n1 | 2\n\n3 | 4.5"


def test_a_second_table_has_its_own_labels(tmp_path):
    rows = [["a", "b"], [1, 2], [], [None, None, "c", "d"], [None, None, 3, 4]]
    path = write_xlsx(tmp_path / "a.xlsx", {"S": rows})
    assert load(path).text == "S\n\na: 1\nb: 2\n\nc: 3\nd: 4"


def test_hidden_sheets_are_named_and_not_read(tmp_path):
    path = write_xlsx(tmp_path / "a.xlsx", {"S": [["x"]], "Secret": [["y"]]}, hidden=["Secret"])
    extracted = load(path)
    assert extracted.text == "S\n\nx"
    assert extracted.notes == ("hidden sheets not read: Secret",)


def test_shares_are_shown_as_percent(tmp_path):
    book = Workbook()
    book.active.append(["VAT", 0.19])
    book.active["B1"].number_format = "0%"
    book.save(tmp_path / "a.xlsx")
    assert load(tmp_path / "a.xlsx").text == "Sheet\n\nVAT | 19%"


def test_a_lonely_cell_at_the_far_end_costs_nothing(tmp_path):
    book = Workbook()
    book.active["A1"] = "near"
    book.active["A100000"] = "far"
    book.save(tmp_path / "a.xlsx")
    assert load(tmp_path / "a.xlsx").text == "Sheet\n\nnear\n\nfar"
