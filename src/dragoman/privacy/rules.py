"""What personal data looks like in each country: patterns, and the checks that confirm them.

Patterns are matched against the text with its digits, letters and signs folded to ASCII. A phone
number has no check digit; what is a mobile number by its prefix alone is taken, a plainer one only
beside a word that announces it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from dragoman.privacy import checks


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """One kind of personal data."""

    kind: str
    """Name of the kind, such as ``id`` or ``phone``."""

    country: str
    """ISO 3166 code; empty where it is of no country."""

    pattern: re.Pattern[str]
    """What it looks like in folded text."""

    check: Callable[[str], bool] | None = None
    """Confirms what was found, without separators."""

    announced: re.Pattern[str] | None = None
    """What must stand within a few words before it; None where it stands for itself."""


def _rule(
    kind: str,
    country: str,
    pattern: str,
    check: Callable[[str], bool] | None = None,
    announced: str = "",
) -> Rule:
    return Rule(
        kind=kind,
        country=country,
        pattern=re.compile(
            rf"(?<![0-9A-Za-z])(?<![0-9][.,])(?:{pattern})(?![0-9A-Za-z])(?![.,][0-9])"
        ),
        check=check,
        announced=re.compile(announced, re.IGNORECASE) if announced else None,
    )


_PHONE = (
    r"tel|phone|mobile|call|fax|hotline|contact|whatsapp|line|電話|携帯|連絡先|ファックス|电话|手机|联系|號碼"
    r"|号码|手機"
    r"|전화|연락처|휴대폰|핸드폰|điện thoại|sđt|liên hệ|gọi|telepon|telpon|hp|hubungi|kontak|nombor"
    r"|هاتف|جوال|اتصل|โทร|เบอร์"
)

RULES: tuple[Rule, ...] = (
    _rule("id", "CN", r"[1-9]\d{5}(?:19|20)\d{2}[01]\d[0-3]\d\d{3}[0-9Xx]", checks.is_cn_id),
    _rule("id", "JP", r"(?<!\d[ -])\d{4}[ -]?\d{4}[ -]?\d{4}(?![ -]\d)", checks.is_my_number),
    _rule("id", "TW", r"[A-Za-z][1289]\d{8}", checks.is_tw_id),
    _rule("id", "HK", r"[A-Za-z]{1,2}\d{6} ?\(?[0-9Aa]\)?", checks.is_hkid),
    _rule("id", "KR", r"\d{2}[01]\d[0-3]\d[ -]?[1-8]\d{6}", checks.is_kr_rrn),
    _rule(
        "id",
        "VN",
        r"0\d{11}",
        checks.is_vn_cccd,
        r"cccd|căn cước|cmnd|citizen|identity|id number|số định danh",
    ),
    _rule("id", "ID", r"\d{16}", checks.is_id_nik, r"nik|ktp|kependudukan|identitas"),
    _rule("id", "MY", r"\d{6}-\d{2}-\d{4}", checks.is_mykad),
    _rule("id", "MY", r"\d{12}", checks.is_mykad, r"mykad|kad pengenalan|no\.? ?ic|\bic\b|nric"),
    _rule("phone", "CN", r"(?:\+?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}"),
    _rule("phone", "JP", r"(?:\+81[ -]?|0)[789]0[ -]?\d{4}[ -]?\d{4}"),
    _rule("phone", "JP", r"0\d{1,4}-\d{1,4}-\d{4}"),
    _rule("phone", "TW", r"(?:\+886[ -]?|0)9\d{2}[ -]?\d{3}[ -]?\d{3}"),
    _rule("phone", "TW", r"0[2-8]{1,2}-\d{3,4}-\d{4}", None, _PHONE),
    _rule("phone", "HK", r"\+?852[ -]?[2-9]\d{3}[ -]?\d{4}"),
    _rule("phone", "HK", r"[5-9]\d{3}[ -]?\d{4}", None, _PHONE),
    _rule("phone", "KR", r"(?:\+82[ -]?|0)1[016789][ -]?\d{3,4}[ -]?\d{4}"),
    _rule("phone", "KR", r"0(?:2|[3-6]\d)-\d{3,4}-\d{4}"),
    _rule("phone", "VN", r"(?:\+84[ .-]?|0)[35789](?:[ .-]?\d){8}"),
    _rule("phone", "ID", r"(?:\+62[ -]?|0)8[1-9]\d(?:[ -]?\d){6,9}"),
    _rule("phone", "MY", r"(?:\+?60[ -]?|0)1\d[ -]?\d{3,4}[ -]?\d{4}"),
    _rule("card", "", r"[3-6]\d{3}(?:[ -]?\d{4}){2}[ -]?\d{1,7}", checks.is_card),
    _rule(
        "email",
        "",
        r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,8}\.[A-Za-z]{2,24}",
    ),
)
