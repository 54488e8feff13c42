"""Write the sample mails again: five languages, each in an encoding that its mail programs use."""

from email.message import EmailMessage
from pathlib import Path

MAILS = [
    (
        "1-ja",
        "iso-2022-jp",
        "sato@example.jp",
        "炊飯器が届きません",
        "先週注文した炊飯器がまだ届いていません。\n注文番号は TB-10233 です。いつ届きますか。",
    ),
    (
        "2-ko",
        "euc-kr",
        "kim@example.kr",
        "환불 요청",
        "공기청정기에서 소음이 너무 심하게 납니다.\n주문 번호 TB-10871, 환불해 주세요.",
    ),
    (
        "3-zh-Hant",
        "big5",
        "lin@example.tw",
        "發票抬頭錯誤",
        "您好，訂單 TB-11002 的發票抬頭打錯了，\n請協助更正為「林氏設計有限公司」。",
    ),
    (
        "4-th",
        "tis-620",
        "somchai@example.th",
        "สินค้าชำรุด",
        "หม้อหุงข้าวที่ได้รับมีรอยแตก หมายเลขคำสั่งซื้อ TB-11540\nขอเปลี่ยนสินค้าใหม่",
    ),
    (
        "5-ar",
        "windows-1256",
        "layla@example.ae",
        "متى يصل طلبي؟",
        "طلبت مكيفاً قبل أسبوعين ولم يصل حتى الآن.\nرقم الطلب TB-12019.",
    ),
]

for name, charset, sender, subject, text in MAILS:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, "service@tonbo.example", subject
    mail["Message-ID"] = f"<{name}@example>"
    mail["Date"] = "Mon, 23 Nov 2026 09:00:00 +0000"
    mail.set_content(text, charset=charset)
    (Path(__file__).parent / "mail" / f"{name}.eml").write_bytes(bytes(mail))
