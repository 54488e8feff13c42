"""What tells an identity number from any other number: check digits, dates, known prefixes.

Each check takes the number's digits and letters without separators, in ASCII and capitals.
"""

from __future__ import annotations

from datetime import date

_CN_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CN_CHECK = "10X98765432"
_CN_PROVINCES = (  # two digits between spaces: `in` finds whole codes only
    "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 "
    "71 81 82 83"
)
_TW_LETTERS = "ABCDEFGHJKLMNPQRSTUVXYWZIO"
_KR_WEIGHTS = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
_KR_CENTURY = {
    "1": 1900,
    "2": 1900,
    "3": 2000,
    "4": 2000,
    "5": 1900,
    "6": 1900,
    "7": 2000,
    "8": 2000,
}
_KR_NO_CHECK = date(2020, 10, 1)
"""From this day on new numbers have random digits in place of the check digit."""
_ID_PROVINCES = (
    "11 12 13 14 15 16 17 18 19 21 31 32 33 34 35 36 51 52 53 61 62 63 64 65 71 72 73 74 75 76 81 "
    "82 91 92 93 94 95 96"
)
_MY_PLACES = frozenset(
    [f"{number:02}" for number in range(1, 60) if number not in {17, 18, 19, 20}] + ["71", "72"]
    + ["74", "75", "76", "77", "78", "79", "82", "83", "84", "85", "86", "87", "88", "89", "90"]
    + ["91", "92", "93", "98", "99"]
)  # fmt: skip
_LATEST_PROVINCE = 96


def is_date(year: int, month: int, day: int) -> bool:
    """Whether it is a day that has been, since 1900."""
    try:
        return date(1900, 1, 1) <= date(year, month, day) <= date.today()  # noqa: DTZ011 - a day anywhere
    except ValueError:
        return False


def is_cn_id(number: str) -> bool:
    """GB 11643: place, date of birth, and a check character by MOD 11-2."""
    if number[:2] not in _CN_PROVINCES:
        return False
    if not is_date(int(number[6:10]), int(number[10:12]), int(number[12:14])):
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_CN_WEIGHTS, number, strict=False))
    return _CN_CHECK[total % 11] == number[17]


def is_my_number(number: str) -> bool:
    """Japan's individual number: eleven digits and their check digit (Order of 2014, no. 85)."""
    if len(set(number)) == 1:
        return False
    total = sum(
        int(digit) * (place + 1 if place <= 6 else place - 5)
        for place, digit in enumerate(reversed(number[:11]), 1)
    )
    rest = total % 11
    return int(number[11]) == (0 if rest <= 1 else 11 - rest)


def is_tw_id(number: str) -> bool:
    """Taiwan's identity number, and the resident's one of 2021 (second place 8 or 9)."""
    place = _TW_LETTERS.index(number[0]) + 10
    digits = [place // 10, place % 10, *map(int, number[1:])]
    weights = (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1)
    return sum(w * digit for w, digit in zip(weights, digits, strict=True)) % 10 == 0


def is_hkid(number: str) -> bool:
    """Hong Kong's identity card: one or two letters, six digits, a check digit or A."""
    letters, digits, check = number[:-7], number[-7:-1], number[-1]
    values = [36 if len(letters) == 1 else ord(letters[0]) - 55, ord(letters[-1]) - 55]
    values += [int(digit) for digit in digits]
    total = sum(weight * value for weight, value in zip(range(9, 1, -1), values, strict=True))
    return (total + (10 if check == "A" else int(check))) % 11 == 0


def is_kr_rrn(number: str) -> bool:
    """Korea's resident or alien registration number: date of birth, sex, and a check digit.

    Numbers of people registered since October 2020 have none; by the date of birth alone they
    cannot be told apart, so only those born since then are accepted without.
    """
    century = _KR_CENTURY.get(number[6])
    if century is None:
        return False
    year, month, day = century + int(number[:2]), int(number[2:4]), int(number[4:6])
    if not is_date(year, month, day):
        return False
    if date(year, month, day) >= _KR_NO_CHECK:
        return True
    total = sum(w * int(digit) for w, digit in zip(_KR_WEIGHTS, number, strict=False))
    expected = (11 - total % 11) % 10
    if number[6] in "5678":
        expected = (expected + 2) % 10
    return int(number[12]) == expected


def is_vn_cccd(number: str) -> bool:
    """Vietnam's citizen card: province 001 to 096, century and sex, year of birth, six digits."""
    province, century, year = int(number[:3]), int(number[3]), int(number[4:6])
    born = 1900 + 100 * (century // 2) + year
    return 1 <= province <= _LATEST_PROVINCE and century <= 3 and born <= date.today().year  # noqa: DTZ011


def is_id_nik(number: str) -> bool:
    """Indonesia's NIK: place, date of birth (women's days plus 40), serial number."""
    if number[:2] not in _ID_PROVINCES or number[2:4] == "00" or number[12:] == "0000":
        return False
    day, month, year = int(number[6:8]), int(number[8:10]), int(number[10:12])
    day -= 40 if day > 40 else 0
    return is_date(2000 + year, month, day) or is_date(1900 + year, month, day)


def is_mykad(number: str) -> bool:
    """Malaysia's MyKad: date of birth, place of birth, four digits."""
    year, month, day = int(number[:2]), int(number[2:4]), int(number[4:6])
    born = is_date(1900 + year, month, day) or is_date(2000 + year, month, day)
    return born and number[6:8] in _MY_PLACES


def is_card(number: str) -> bool:
    """ISO/IEC 7812: the Luhn check of payment cards."""
    if len(set(number)) == 1:
        return False
    doubled = [2 * int(digit) for digit in number[-2::-2]]
    total = sum(map(int, number[-1::-2])) + sum(
        value - 9 if value > 9 else value for value in doubled
    )
    return total % 10 == 0
