import pytest

from dragoman.memory.everyday import east_asian_encoding


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp932", "返品は三十日以内です"),
        ("euc_jp", "返品は三十日以内です"),
        ("cp949", "반품은 삼십 일 안에"),
        ("gb18030", "产品列表和退货说明"),
        ("big5", "產品列表"),
        ("cp1251", "Возврат возможен"),
        ("cp1256", "يمكن إرجاع المنتج"),
        ("cp1252", "Größe über Äpfel"),
        ("cp1252", "ö"),
        ("cp1250", "Zwrot jest możliwy w ciągu trzydziestu dni"),
    ],
)
def test_an_everyday_text_is_read_in_its_own_encoding(encoding, text):
    found = east_asian_encoding(text.encode(encoding))
    assert found == (
        encoding if encoding in {"cp932", "euc_jp", "cp949", "gb18030", "big5"} else ""
    )
