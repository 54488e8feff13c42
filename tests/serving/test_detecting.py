from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

Run = Callable[..., Result]


def test_detect_shows_the_languages_own_name(run: Run) -> None:
    done = run("detect", "배송 조회는 어디에서 하나요?")
    assert done.exit_code == 0
    assert "한국어" in done.stdout
    assert "cjk" in done.stdout


def test_json_is_one_document_and_nothing_else_is_on_standard_output(run: Run) -> None:
    done = run("detect", "--json", "Wo ist mein Paket geblieben?")
    assert json.loads(done.stdout)["tag"] == "de"
    assert done.stderr == ""


def test_dash_reads_the_text_from_standard_input(run: Run) -> None:
    done = run("detect", "--json", "-", stdin="متى تصل الشحنة؟\n")
    assert json.loads(done.stdout)["tag"] == "ar"


def test_lines_of_a_file_give_one_json_line_each(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "lines.txt"
    path.write_bytes("注文を取り消したいです。\r\n\n첫 줄\u2028같은 줄".encode())
    done = run("detect", "--json", "--lines", str(path))
    assert [json.loads(line)["tag"] for line in done.stdout.splitlines()] == ["ja", "und", "ko"]


def test_lines_can_come_from_standard_input(run: Run) -> None:
    done = run("detect", "--json", "--lines", "-", stdin="สินค้าจะมาถึงเมื่อไหร่\n")
    assert [json.loads(line)["tag"] for line in done.stdout.splitlines()] == ["th"]


@pytest.mark.parametrize("arguments", [(), ("text", "--lines", "-")])
def test_text_and_lines_exclude_each_other(run: Run, arguments: tuple[str, ...]) -> None:
    done = run("detect", *arguments)
    assert done.exit_code == 2
    assert "DRG-INPUT" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("text", ["", " \n\t", "\u3000"])
def test_empty_text_is_a_coded_error(run: Run, text: str) -> None:
    done = run("detect", text)
    assert done.exit_code == 2
    assert "DRG-INPUT-EMPTY" in done.stderr


def test_emoji_alone_is_nobodys_language(run: Run) -> None:
    done = run("detect", "--json", "🙂🙂")
    assert json.loads(done.stdout)["tag"] == "und"


def test_thread_language_decides_where_the_text_does_not(run: Run) -> None:
    done = run("detect", "--json", "--thread", "ja", "🙂")
    assert json.loads(done.stdout)["tag"] == "ja"


def test_standard_input_that_is_not_utf8_is_a_coded_error(run: Run) -> None:
    done = run("detect", "-", stdin=b"caf\xe9")
    assert done.exit_code == 2
    assert "DRG-INPUT-ENCODING" in done.stderr
    assert "byte 3" in done.stderr


def test_byte_order_mark_is_not_part_of_the_text(run: Run) -> None:
    done = run(
        "detect", "--json", "--lines", "-", stdin=b"\xef\xbb\xbfDanke sehr, das hilft mir.\n"
    )
    assert json.loads(done.stdout)["tag"] == "de"


def test_argument_that_was_not_utf8_is_a_coded_error(run: Run) -> None:
    done = run("detect", "caf\udce9")
    assert done.exit_code == 2
    assert "DRG-INPUT-ENCODING" in done.stderr


def test_missing_file_is_a_coded_error(run: Run, tmp_path: Path) -> None:
    done = run("detect", "--lines", str(tmp_path / "nothing.txt"))
    assert done.exit_code == 2
    assert "nothing.txt cannot be read" in done.stderr
