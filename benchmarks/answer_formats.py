"""Does the writer use the formats of the asker's language? What tools return, two ways to say it.

    python benchmarks/answer_formats.py --engine embedded:qwen2.5-coder:1.5b

*Raw* gives the writer what the tool returned; *written* adds how its language writes each date and
amount, as `dragoman.agents.localized` does. An answer counts as local when the local form stands in
it, and as right when it states the figures at all, in whatever form.
"""

from __future__ import annotations

import argparse
import asyncio
import re
from typing import Any

from dragoman import Settings
from dragoman.agents.localized import localized
from dragoman.agents.prompts.writing import ROLE, writing_request
from dragoman.languages import figures, profile
from dragoman.models.connect import connect
from dragoman.tools import Call

DELIVERY = {"order": "KX-20417", "status": "shipped", "delivery": "2025-03-05"}
PRICE = {"order": "KX-20417", "total": "12500", "currency": "JPY"}

CASES: list[tuple[str, str, dict[str, Any], str]] = [
    ("ja", "注文KX-20417はいつ届きますか？", DELIVERY, "delivery"),
    ("ja", "注文KX-20417の合計金額を教えてください。", PRICE, "total"),
    ("ja", "注文KX-20417の配達日を和暦で教えてください。", DELIVERY, "delivery"),
    ("zh-Hans", "订单KX-20417什么时候送到？", DELIVERY, "delivery"),
    ("zh-Hans", "订单KX-20417一共多少钱？", PRICE, "total"),
    ("zh-Hant", "訂單KX-20417總共多少錢？", PRICE, "total"),
    ("ko", "주문 KX-20417은 언제 도착하나요?", DELIVERY, "delivery"),
    ("ko", "주문 KX-20417의 총 금액은 얼마인가요?", PRICE, "total"),
    ("ar", "متى يصل الطلب KX-20417؟", DELIVERY, "delivery"),
    ("ar", "متى يصل الطلب KX-20417 بالتاريخ الهجري؟", DELIVERY, "delivery"),
    ("de", "Wann wird die Bestellung KX-20417 geliefert?", DELIVERY, "delivery"),
    ("de", "Wie hoch ist der Gesamtbetrag der Bestellung KX-20417?", PRICE, "total"),
    ("fr", "Quand la commande KX-20417 sera-t-elle livrée ?", DELIVERY, "delivery"),
    ("es", "¿Cuándo llegará el pedido KX-20417?", DELIVERY, "delivery"),
    ("ru", "Когда доставят заказ KX-20417?", DELIVERY, "delivery"),
    ("tr", "KX-20417 numaralı sipariş ne zaman teslim edilecek?", DELIVERY, "delivery"),
    ("vi", "Khi nào đơn hàng KX-20417 được giao?", DELIVERY, "delivery"),
]
_SPACES = re.compile(r"[\s\u00a0\u202f\u200e\u200f]+")


def request(question: str, call: Call, tag: str, *, written: bool) -> str:
    text = writing_request(
        question,
        passages=[],
        calls=[call],
        instruction=profile(tag).answer_instruction,
        notes=[],
        language=tag,
    )
    return text if written else re.sub(r" \([^()\n]* is written [^\n]*\)(?=\n)", "", text)


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--engine", default="embedded:qwen2.5-coder:1.5b")
    arguments = parser.parse_args()
    engine = await connect(arguments.engine, Settings())
    writer = engine.writer(max_tokens=100, temperature=0.0)
    for written in (False, True):
        right = local = 0
        for tag, question, result, field in CASES:
            call = Call(id="1.0", tool="order_status", arguments={"id": "KX-20417"}, result=result)
            content = request(question, call, tag, written=written)
            messages = [{"role": "system", "content": ROLE}, {"role": "user", "content": content}]
            answer = (await writer.ainvoke(messages)).text
            currency = {"currency": result["currency"]} if "currency" in result else {}
            one = Call(id="1.0", tool="t", arguments={}, result={field: result[field], **currency})
            form = localized(one, question, tag)
            form = re.sub(r'^\{"[a-z]+": "|"\}$', "", form)
            is_local = _SPACES.sub("", form) in _SPACES.sub("", answer)
            local += is_local
            right += bool(figures(result[field]) & figures(answer))
            print("written" if written else "raw", tag, is_local, form, "|", answer.strip())
        print(f"written={written}: local {local}, right {right} of {len(CASES)}")
    await engine.aclose()


if __name__ == "__main__":
    asyncio.run(main())
