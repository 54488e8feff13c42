"""`ask` and `search` as other programs' models read them: schemas, and words in many languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ASK = "ask"
SEARCH = "search"

DESCRIPTIONS: Mapping[str, Mapping[str, str]] = {
    ASK: {
        "en": "Ask a question in any language; answers in that language from the documents, "
        "with citations.",
        "zh-Hans": "用任何语言提问；根据文档以该语言回答，并注明出处。",
        "zh-Hant": "用任何語言提問；根據文件以該語言回答，並註明出處。",
        "ja": "どの言語でも質問できます。文書をもとに同じ言語で、出典つきで答えます。",
        "ko": "어떤 언어로든 질문하면 문서를 바탕으로 같은 언어로 출처와 함께 답합니다.",
        "ar": "اطرح سؤالًا بأي لغة؛ يُجاب عنه باللغة نفسها من المستندات مع ذكر المصادر.",
        "de": "Eine Frage in beliebiger Sprache stellen; beantwortet wird sie in dieser Sprache "
        "aus den Dokumenten, mit Quellen.",
        "fr": "Poser une question dans n'importe quelle langue ; la réponse vient des documents, "
        "dans cette langue et avec ses sources.",
        "es": "Hacer una pregunta en cualquier idioma; se responde en ese idioma a partir de los "
        "documentos, con sus fuentes.",
    },
    SEARCH: {
        "en": "Find the passages of the documents that fit a text best, within and across "
        "languages; no model is asked.",
        "zh-Hans": "在文档中查找与文本最相关的段落，可跨语言；不使用模型。",
        "zh-Hant": "在文件中尋找與文字最相關的段落，可跨語言；不使用模型。",
        "ja": "文書から最も関連する箇所を探します。言語をまたいだ検索もでき、モデルは使いません。",
        "ko": "문서에서 가장 알맞은 부분을 찾습니다. "
        "다른 언어의 문서도 찾으며 모델은 쓰지 않습니다.",
        "ar": "العثور على المقاطع الأنسب لنص ما في المستندات، بلغته وبلغات أخرى، دون نموذج.",
        "de": "Die Stellen der Dokumente finden, die am besten zu einem Text passen, auch über "
        "Sprachen hinweg; ohne Modell.",
        "fr": "Trouver les passages des documents qui correspondent le mieux à un texte, aussi "
        "d'une langue à l'autre ; sans modèle.",
        "es": "Encontrar los pasajes de los documentos que mejor se ajustan a un texto, también "
        "entre idiomas; sin modelo.",
    },
}
"""What the two do, by BCP-47 tag."""


def _object(required: tuple[str, ...], **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def _text(description: str) -> dict[str, str]:
    return {"type": "string", "description": description}


_PASSAGE = {
    "source": _text("File or document that it stands in."),
    "title": _text("Title of the document; may be empty."),
    "page": {"type": ["integer", "null"], "description": "Page, from 1."},
    "start": {"type": "integer", "description": "Offset of its first character."},
    "end": {"type": "integer", "description": "Offset after its last character."},
    "language": _text("BCP-47 tag of the passage."),
}

INPUT: Mapping[str, Mapping[str, Any]] = {
    ASK: _object(
        ("question",),
        question=_text("The question, in any language."),
        thread=_text("Conversation to go on with, from an earlier answer."),
        language=_text("BCP-47 tag to answer in; the question's own when left out."),
    ),
    SEARCH: _object(
        ("query",),
        query=_text("What to look for, in any language."),
        k={"type": "integer", "minimum": 1, "maximum": 50, "description": "How many passages."},
        language=_text("BCP-47 tag of the query; guessed when left out."),
    ),
}
"""JSON schemas of the arguments."""

OUTPUT: Mapping[str, Mapping[str, Any]] = {
    ASK: _object(
        ("text", "language", "thread", "citations"),
        text=_text("The answer, with citations as [1]."),
        language=_text("BCP-47 tag of the answer."),
        thread=_text("Conversation; give it to the next question to go on."),
        citations={
            "type": "array",
            "items": _object(
                ("number", "quote", "source", "title"),
                number={"type": "integer", "description": "The number in square brackets."},
                quote=_text("The sentence that the answer rests on, as it is stored."),
                marked={"type": "boolean", "description": "Whether the model cited it itself."},
                **_PASSAGE,
            ),
        },
    ),
    SEARCH: _object(
        ("passages",),
        passages={
            "type": "array",
            "items": _object(
                ("text", "score", "source", "title"),
                text=_text("The passage."),
                score={"type": "number", "description": "0 to 1, within one search."},
                **_PASSAGE,
            ),
        },
    ),
}
"""JSON schemas of the structured results."""
