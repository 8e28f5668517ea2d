"""Our answers in the forms that other programs know: Anthropic's and Cohere's citations, OpenAI's chat completions.

Only what may be shown is in them; a withheld sentence is not. An abstention is a plain sentence without citations.
"""

from __future__ import annotations

import time
import uuid
from typing import Any

from qa.export import safe_url
from qa.server.bodies import MessageIn
from qa.types import Answer, AnswerSentence, Citation, Turn

Json = dict[str, Any]


def anthropic(answer: Answer) -> Json:
    """A message whose text blocks carry `char_location` citations; `document_index` counts the answer's articles."""
    documents = list(dict.fromkeys((c.article_id, c.version) for c in answer.citations))
    by_number = {citation.number: citation for citation in answer.citations}

    def location(citation: Citation) -> Json:
        return {
            "type": "char_location", "cited_text": citation.quote, "document_title": citation.title,
            "document_index": documents.index((citation.article_id, citation.version)),
            "start_char_index": citation.start, "end_char_index": citation.end,
        }  # fmt: skip

    blocks: list[Json] = [
        {"type": "text", "text": sentence.text, "citations": [location(by_number[n]) for n in sentence.citations]}
        for sentence in shown(answer)
    ]
    if answer.abstention:
        blocks.append({"type": "text", "text": answer.abstention.message, "citations": None})
    return {"type": "message", "role": "assistant", "model": f"citewire/{answer.reader}", "content": blocks}


def cohere(answer: Answer) -> Json:
    """A message with its text once, and spans of it with their sources."""
    by_number = {citation.number: citation for citation in answer.citations}
    text, spans = "", []
    for sentence in shown(answer):
        start = len(text)
        text += sentence.text + " "
        sources = [_document(by_number[number]) for number in sentence.citations]
        spans.append({"start": start, "end": start + len(sentence.text), "text": sentence.text, "sources": sources})
    if answer.abstention:
        text = answer.abstention.message
    return {"message": {"role": "assistant", "content": [{"type": "text", "text": text.rstrip()}], "citations": spans}}


def _document(citation: Citation) -> Json:
    fields = {"title": citation.title, "snippet": citation.quote, "url": safe_url(citation.url) or ""}
    return {
        "type": "document",
        "id": f"{citation.article_id}:{citation.version}:{citation.sentence}",
        "document": fields,
    }


def completion(answer: Answer, model: str) -> Json:
    """An OpenAI chat completion; citations are `url_citation` annotations over the `[n]` marks in its content."""
    content, annotations = content_of(answer)
    message = {"role": "assistant", "content": content, "refusal": None, "annotations": annotations}
    return _head("chat.completion", model) | {
        "choices": [{"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}],
        "usage": {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0},
    }


def chunk(model: str, identity: str, delta: Json, finish: str | None = None) -> Json:
    """One event of a streamed completion."""
    return _head("chat.completion.chunk", model, identity) | {
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]
    }


def new_id() -> str:
    """The id of a completion."""
    return f"chatcmpl-{uuid.uuid4().hex}"


def _head(kind: str, model: str, identity: str | None = None) -> Json:
    return {"id": identity or new_id(), "object": kind, "created": int(time.time()), "model": model}


def sentence_text(sentence: AnswerSentence) -> str:
    """A sentence with its marks: `It reopened in May. [1]`."""
    return " ".join((sentence.text, *(f"[{number}]" for number in sentence.citations)))


def content_of(answer: Answer) -> tuple[str, list[Json]]:
    """The answer as one text, and an annotation for each mark in it."""
    if answer.abstention:
        return answer.abstention.message, []
    by_number = {citation.number: citation for citation in answer.citations}
    text, annotations = "", []
    for sentence in shown(answer):
        text += ("\n" if text else "") + sentence.text
        for number in sentence.citations:
            citation, start = by_number[number], len(text) + 1
            text += f" [{number}]"
            annotations.append(
                {"type": "url_citation",
                 "url_citation": {"start_index": start, "end_index": len(text), "title": citation.title,
                                  "url": safe_url(citation.url) or f"citewire:{citation.article_id}", "quote": citation.quote}}
            )  # fmt: skip
    return text, annotations


def shown(answer: Answer) -> list[AnswerSentence]:
    """The sentences that may be shown."""
    return [sentence for sentence in answer.sentences if sentence.status != "withheld"]


def conversation(messages: list[MessageIn]) -> tuple[str, tuple[Turn, ...]]:
    """The last user message, and the turns before it. System messages are ignored: there is nothing to instruct.

    Raises:
        ValueError: no user message, or one with parts that are no text.
    """
    turns: list[Turn] = []
    question: str | None = None
    for message in messages:
        text = _text(message)
        if message.role == "user":
            if question is not None:
                turns.append(Turn(question, question))
            question = text
        elif message.role == "assistant" and question is not None:
            turns.append(Turn(question, question, (text,) if text else ()))
            question = None
    if question is None:
        raise ValueError("The last message must be the user's question.")
    return question, tuple(turns)


def _text(message: MessageIn) -> str:
    if isinstance(message.content, str):
        return message.content
    texts = [part.get("text") for part in message.content if part.get("type") == "text"]
    if len(texts) < len(message.content) or not all(isinstance(text, str) for text in texts):
        raise ValueError("Only text can be read; this message has other parts.")
    return "\n".join(str(text) for text in texts)
