import base64

import pytest

from dragoman.errors import DocumentError
from dragoman.memory.encodings import decode
from dragoman.memory.load import load

TEXTS = {
    "cp932": "返品は商品到着後三十日以内に限り、送料はお客様のご負担となります。",
    "euc_jp": "返品は商品の到着から三十日以内に限ります。送料はお客様のご負担となります。",
    "iso2022_jp": "返品は商品到着後三十日以内です。",
    "cp949": "반품은 상품을 받은 날부터 삼십 일 안에만 할 수 있으며 배송비는 고객이 부담합니다.",
    "gb18030": "商品签收后三十天内可以退货，运费由买家承担，请保留好原包装和发票。",
    "big5": "商品簽收後三十天內可以退貨，運費由買家承擔，請保留好原包裝和發票。",
    "cp1256": "يمكن إرجاع المنتج خلال ثلاثين يوما من تاريخ الاستلام ويتحمل العميل تكلفة الشحن.",
    "cp1251": "Возврат возможен в течение тридцати дней после получения товара.",
    "cp1252": "Le retour est possible dans les trente jours après la réception.",
    "cp1250": "Zwrot jest możliwy w ciągu trzydziestu dni od otrzymania przesyłki.",
    "cp1254": "Ürünü teslim aldıktan sonra otuz gün içinde iade edebilirsiniz.",
    "cp874": "คืนสินค้าได้ภายในสามสิบวันหลังจากได้รับสินค้า โดยลูกค้าเป็นผู้ออกค่าส่งเอง",
    "utf-16": "Rückgabe innerhalb von dreißig Tagen.",
    "utf-8-sig": "Rückgabe innerhalb von dreißig Tagen.",
    "utf-8": "Rückgabe · 返品 · إرجاع",
}


@pytest.mark.parametrize("encoding", TEXTS)
def test_a_text_is_read_whatever_it_was_saved_in(encoding):
    assert decode(TEXTS[encoding].encode(encoding)).text == TEXTS[encoding]


def test_a_guess_is_told():
    assert decode(TEXTS["cp949"].encode("cp949")).notes == ("read as cp949",)
    assert decode(TEXTS["utf-8"].encode()).notes == ()


def test_a_page_that_declares_its_encoding_is_believed():
    page = '<meta charset="shift_jis"><p>①返品</p>'
    assert decode(page.encode("cp932")).text == page


def test_a_page_that_declares_a_wrong_encoding_is_read_all_the_same():
    page = '<meta charset="nonsense">返品は商品到着後三十日以内に限り、送料はお客様のご負担です。'
    assert decode(page.encode("cp932")).text == page


def test_a_few_broken_bytes_do_not_spoil_a_utf8_text():
    decoded = decode("Rückgabe ist möglich, äußerst schnell, für Käufer.".encode() + b"\xff\xc3")
    assert decoded.text.startswith("Rückgabe ist möglich")
    assert "2 broken" in decoded.notes[0]


def test_line_ends_become_line_feeds():
    assert decode(b"a\r\nb\rc\n").text == "a\nb\nc\n"


def test_noise_is_no_text():
    with pytest.raises(DocumentError):
        decode(bytes(range(128, 256)) * 20)


DECLARED = {
    "cp932": ["Shift_JIS", "windows-31j", "x-sjis"],
    "euc_jp": ["EUC-JP", "x-euc-jp"],
    "cp949": ["EUC-KR", "ks_c_5601-1987"],
    "gb18030": ["GB18030", "gb2312", "GBK"],
    "big5": ["Big5"],
    "cp1256": ["windows-1256"],
    "cp1251": ["windows-1251"],
    "cp874": ["TIS-620", "windows-874"],
    "cp1252": ["ISO-8859-1"],
    "utf-8": ["utf-8", "UTF8", "x-nonsense"],
}
DECLARATIONS = [(encoding, name) for encoding, names in DECLARED.items() for name in names]


@pytest.mark.parametrize(("encoding", "declared"), DECLARATIONS)
def test_a_page_is_read_as_it_declares(tmp_path, encoding, declared):
    page = f'<html><head><meta charset="{declared}"></head><p>{TEXTS[encoding]}</p></html>'
    (tmp_path / "a.html").write_bytes(page.encode(encoding))
    assert load(tmp_path / "a.html").text == TEXTS[encoding]


@pytest.mark.parametrize(("encoding", "declared"), DECLARATIONS)
def test_a_mail_is_read_as_it_declares(tmp_path, encoding, declared):
    head = f"Subject: s\nContent-Type: text/plain; charset={declared}\n"
    body = base64.encodebytes(TEXTS[encoding].encode(encoding))
    (tmp_path / "a.eml").write_bytes(f"{head}Content-Transfer-Encoding: base64\n\n".encode() + body)
    assert load(tmp_path / "a.eml").text == f"Subject: s\n\n{TEXTS[encoding]}"


@pytest.mark.parametrize("encoding", [name for name in TEXTS if name != "iso2022_jp"])
def test_a_table_is_read_whatever_it_was_saved_in(tmp_path, encoding):
    (tmp_path / "a.csv").write_bytes(f"no;text\r\n1;{TEXTS[encoding]}\r\n".encode(encoding))
    assert load(tmp_path / "a.csv").text == f"no: 1\ntext: {TEXTS[encoding]}"


@pytest.mark.parametrize("order", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("encoding", ["cp932", "cp949", "gb18030", "cp1256", "cp1251", "cp1252"])
def test_utf16_without_a_mark_is_read(order, encoding):
    text = f"{TEXTS[encoding]}\nA 1"
    assert decode(text.encode(order)).text == text
