"""What logs and errors may not hold: secrets and personal data, in any script."""

from __future__ import annotations

import io
import logging
import traceback
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from dragoman.errors import ConfigurationError, DragomanError, ToolFailedMistake
from dragoman.redaction import (
    RedactingFilter,
    keep_secret,
    redact_logs,
    redacted,
    without_secrets,
)
from dragoman.serving import cli

KEY = "sk-proj-abcdefghijklmnop0123"


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Leave no record factory behind."""
    make = logging.getLogRecordFactory()
    yield
    logging.setLogRecordFactory(make)


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What a handler at the root writes."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    root = logging.getLogger()
    root.addHandler(handler)
    yield stream
    root.removeHandler(handler)


@pytest.mark.parametrize(
    "secret",
    [
        KEY,
        "gsk_abcdefghijklmnop0123",
        "drg_0123456789ab_abcdefghijklmnopqrstuvwxyz-_01234567",
        "hf_abcdefghijklmnopqrst",
        "ghp_abcdefghijklmnopqrst0123",
        "xoxb-1234567890-abc",
        "AKIAIOSFODNN7EXAMPLE",
        "AIzaSyA1234567890abcdefghijklmnopqrstuv",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl",
    ],
)
@pytest.mark.parametrize("around", ["{}", "密钥{}。", "key={}&x=1", '"{}"', "({})"])
def test_keys_of_services_are_known_by_their_form(secret: str, around: str) -> None:
    assert secret not in without_secrets(around.format(secret))


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Authorization: Bearer abcdef123456", "Authorization: Bearer [secret]"),
        ("postgresql://shop:hunter22@db/x", "postgresql://shop:[secret]@db/x"),
        ("redis://:hunter22@db", "redis://:[secret]@db"),
        ("https://a:b:c@host/", "https://a:[secret]@host/"),
        ("https://host/?api_key=abc&page=2", "https://host/?api_key=[secret]&page=2"),
        ('{"password": "p w", "name": "x"}', '{"password": "[secret]", "name": "x"}'),
        ("{'X-Api-Key': 'abc'}", "{'X-Api-Key': '[secret]'}"),
        ("DRAGOMAN_MCP_TOKEN=abcdefgh", "DRAGOMAN_MCP_TOKEN=[secret]"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----.", "[secret]."),
        ("-----BEGIN PRIVATE KEY-----\nMII… cut", "[secret]"),
    ],
)
def test_secrets_are_known_by_what_they_stand_in(text: str, clean: str) -> None:
    assert without_secrets(text) == clean


@pytest.mark.parametrize(
    "text",
    [
        "the password is wrong",
        "max_tokens=1000000, 12,345,678 tokens",
        "https://host:8080/a@b?page=2",
        "postgresql://reader@host/name",
        "drg-0123456789abcdef0123456789abcdef",
        "2026-11-24T04:03:01.123+00:00 on 192.168.1.20:8080",
        "order A-2209 of 2026-11-24 12:30, 1,234,567.89 yen, 12000円",
        "0.0123456789 and 1234567890123456",
        "task-12345678901234567890",
        "dragoman.tools.execute:72",
    ],
)
def test_what_only_looks_a_little_like_it_stays(text: str) -> None:
    assert redacted(text) == text


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("联系alice@example.com谢谢", "联系[e-mail]谢谢"),
        ("メールはＡｌｉｃｅ＠ｅｘａｍｐｌｅ．ｃｏｍへ", "メールは[e-mail]へ"),
        ("卡号４１１１　１１１１　１１１１　１１１１", "卡号[card]"),
        ("card 4111-1111-1111-1111, thanks", "card [card], thanks"),
        ("بطاقة ٤١١١١١١١١١١١١١١١", "بطاقة [card]"),
        ("電話は０３−１２３４−５６７８です", "電話は[phone]です"),
        ("手机13912345678", "手机[phone]"),
        ("010-1234-5678로 연락", "[phone]로 연락"),
        ("هاتف ٠٥٠١٢٣٤٥٦٧", "هاتف [phone]"),
        ("+49 (0)30 901820", "[phone]"),
        ("+81 3-1234-5678", "[phone]"),
        ("call (555) 234-5678", "call [phone]"),
        ("+86 139 1234 5678。", "[phone]。"),
    ],
)
def test_personal_data_is_found_in_any_digits_and_without_spaces(text: str, clean: str) -> None:
    assert redacted(text) == clean


def test_a_number_without_a_right_check_digit_is_no_card() -> None:
    assert redacted("4111 1111 1111 1112") == "4111 1111 1111 1112"


def test_a_value_that_the_process_was_given_is_found_anywhere_also_as_part_of_an_address() -> None:
    assert keep_secret("pass word/1") == "pass word/1"
    shown = redacted(f"GET /?p={quote('pass word/1', safe='')}&x=1 密碼pass word/1。")
    assert shown == "GET /?p=[secret]&x=1 密碼[secret]。"


def test_a_password_that_is_a_word_is_not_found_inside_other_words() -> None:
    keep_secret("postgres")
    assert redacted("postgresql refuses postgres") == "postgresql refuses [secret]"
    keep_secret("0123456789abcdef")
    assert redacted("x0123456789abcdefy") == "x[secret]y"


def test_a_value_too_short_to_be_told_from_a_word_is_not_looked_for() -> None:
    keep_secret("a")
    keep_secret("")
    assert redacted("a cat") == "a cat"


def test_what_is_redacted_twice_stays_as_it_is_even_when_the_password_is_secret() -> None:
    keep_secret("secret")
    once = redacted("the secret of https://a:hunter22@host is secret")
    assert once == "the [secret] of https://a:[secret]@host is [secret]"
    assert redacted(once) == once


@pytest.mark.parametrize("text", ["a" * 300_000, "a-" * 150_000, "1 " * 150_000, "x://a:" * 50_000])
def test_a_long_text_is_read_in_one_go(text: str) -> None:
    redacted(text)  # a pattern that goes back and forth would take hours


def test_a_filter_takes_secrets_out_of_message_arguments_and_traceback() -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(RedactingFilter())
    log = logging.getLogger("dragoman.test_redaction")
    log.addHandler(handler)
    log.propagate = False
    log.error("calling %s for %s", {"key": KEY}, "kim@example.com")
    error = ValueError(f"refused: {KEY}")
    log.error("it failed", exc_info=error)
    assert KEY not in stream.getvalue()
    assert "kim@" not in stream.getvalue()
    assert "ValueError: refused: [secret]" in stream.getvalue()


def test_all_records_of_the_process_are_redacted_whoever_writes_them(written: io.StringIO) -> None:
    redact_logs()
    redact_logs()
    logging.getLogger("somebody.else").warning("GET https://a:%s@host/?q=%s", "hunter22", "x")
    assert written.getvalue() == "GET https://a:[secret]@host/?q=x\n"
    assert not isinstance(logging.getLogRecordFactory()._make, type(logging.getLogRecordFactory()))  # type: ignore[attr-defined]


def test_arguments_that_a_formatter_wants_to_see_are_kept(written: io.StringIO) -> None:
    redact_logs()
    records: list[logging.LogRecord] = []
    logging.getLogger().handlers[-1].addFilter(lambda record: bool(records.append(record)) or True)
    logging.getLogger("web").warning('%s "%s" %d', "10.0.0.1", f"GET /?token={KEY}", 200)
    assert records[0].args == ("10.0.0.1", "GET /?token=[secret]", 200)
    assert written.getvalue() == '10.0.0.1 "GET /?token=[secret]" 200\n'


def test_a_record_whose_arguments_do_not_fit_is_written_without_them(written: io.StringIO) -> None:
    redact_logs()
    logging.getLogger("x").warning("%d of %s", KEY)  # noqa: PLE1206 - that is the point
    assert written.getvalue() == "%d of %s (its arguments do not fit)\n"


def test_a_number_that_is_a_card_is_redacted_too(written: io.StringIO) -> None:
    redact_logs()
    logging.getLogger("x").warning("card %d", 4111111111111111)
    assert written.getvalue() == "card [card]\n"


@pytest.mark.parametrize("kind", [DragomanError, ConfigurationError, ToolFailedMistake])
def test_no_error_holds_a_secret_whatever_it_was_made_from(kind: type[Exception]) -> None:
    keep_secret("hunter-known")
    error = kind(f"https://a:hunter22@h refused {KEY} (hunter-known)")
    told = [str(error), repr(error), *map(str, error.args), *traceback.format_exception(error)]
    told += [str(error.as_dict())] if isinstance(error, DragomanError) else []
    for text in told:
        assert not any(secret in text for secret in ("hunter22", KEY, "hunter-known")), text


def test_a_cure_holds_no_secret_either() -> None:
    assert KEY not in str(DragomanError("It failed.", cure=f"Try {KEY}."))


def test_errors_keep_what_their_reader_has_to_see() -> None:
    assert "kim@example.com" in str(ToolFailedMistake("No person kim@example.com is known."))


def test_the_command_line_redacts_what_any_library_logs(
    monkeypatch: pytest.MonkeyPatch, written: io.StringIO
) -> None:
    monkeypatch.setattr(cli, "app", lambda: logging.getLogger("x").warning("key %s", KEY))
    monkeypatch.setattr(cli.signal, "signal", lambda *_: None)
    cli.main()
    assert written.getvalue() == "key [secret]\n"
