"""An index knows by what it was filled."""

import hashlib

import pytest
from hashed_words import HashedWords, OtherWords

from dragoman.errors import EmbedderMismatchError, InvalidInputError
from dragoman.languages import analyze
from dragoman.memory.extracted import Extracted
from dragoman.memory.filling import ANALYSIS
from dragoman.memory.prepare import prepare

SAMPLES = {
    "en": "The parcels were returned within thirty days; she's running late.",
    "de": "Die Gebühren für Rücksendungen werden erstattet.",
    "fr": "Les colis retournés seront remboursés à l'œuvre.",
    "es": "Los paquetes devueltos se reembolsarán mañana.",
    "it": "I pacchi restituiti verranno rimborsati.",
    "pt": "As encomendas devolvidas serão reembolsadas.",
    "ru": "Возвращённые посылки будут оплачены в течение недели.",
    "uk": "Повернуті посилки буде оплачено протягом тижня.",
    "tr": "İade edilen kargolar otuz gün içinde ödenir.",
    "ar": "تُعاد الطرود المرتجعة خلال ثلاثين يومًا والمبلغ ١٢٣",
    "fa": "بسته‌های بازگشتی ظرف سی روز پرداخت می‌شوند",
    "ur": "واپس کیے گئے پارسل تیس دن میں ادا ہوں گے",
    "he": "חבילות שהוחזרו יזוכו בתוך שלושים ימים",
    "hi": "लौटाए गए पार्सल का भुगतान तीस दिनों में होगा",
    "th": "พัสดุที่ส่งคืนจะได้รับเงินคืนภายในสามสิบวัน",
    "vi": "Bưu kiện trả lại sẽ được hoàn tiền trong ba mươi ngày.",
    "id": "Paket yang dikembalikan akan diganti dalam tiga puluh hari.",
    "zh": "退回的包裹将在三十天内退款。",
    "zh-Hant": "退回的包裹將在三十天內退款。",
    "ja": "返品された荷物は三十日以内にﾊﾟｰｾﾙとして返金されます。",
    "ko": "반품된 소포는 삼십 일 이내에 환불됩니다.",
}
DIGESTS = {"1": "2c1213c8952b78ff"}
"""What the analyzers make of the samples, by version of the analyzers."""


def rows(texts, embedder):
    for id_, text in texts.items():
        ready = prepare(id_, Extracted(text=text), hash=f"hash of {text}", source=id_)
        yield ready.row(
            dict(zip(ready.ids, embedder.embed_passages(list(ready.inputs)), strict=True))
        )


def test_a_change_of_the_analyzers_raises_their_version():
    # When this fails, the terms of stored passages do not fit new questions any more: raise
    # `filling.ANALYSIS` and `prepare.PREPARATION`, and add the new digest here.
    digest = hashlib.sha256()
    for tag, text in SAMPLES.items():
        digest.update(" ".join(analyze(f"{text} E-551 1,200.50", tag)).encode() + b"\0")
    assert digest.hexdigest()[:16] == DIGESTS[ANALYSIS]


def test_documents_that_were_prepared_elsewhere_are_stored_once(memory):
    texts = {f"d{i}": f"parcel {i} takes {i} days" for i in range(100)}
    made = HashedWords()
    assert memory.upsert(rows(texts, made), embedder=made.spec) == 100
    assert memory.upsert(rows(texts, made), embedder=made.spec) == 0
    assert memory.upsert(rows(texts | {"d7": "changed"}, made), embedder=made.spec) == 1
    assert memory.search("parcel 42 takes 42 days", k=1)[0].document_id == "d42"
    assert memory._store.collection.count() == memory._store.journal.count() == 100


def test_vectors_of_another_embedder_are_refused(memory):
    made = OtherWords()
    memory.add_texts(["one"])
    with pytest.raises(EmbedderMismatchError):
        memory.upsert(rows({"a": "two"}, made), embedder=made.spec)
    assert len(memory.documents()) == 1


@pytest.mark.parametrize("change", [lambda v: v[:-1], lambda v: v * 2, lambda v: v * float("nan")])
def test_vectors_of_a_wrong_form_are_refused(memory, change):
    class Broken(HashedWords):
        def embed_passages(self, texts):
            return [change(vector) for vector in super().embed_passages(texts)]

    with pytest.raises(InvalidInputError, match="vector"):
        memory.upsert(rows({"a": "two"}, Broken()), embedder=HashedWords.spec)
    assert memory.documents() == []
