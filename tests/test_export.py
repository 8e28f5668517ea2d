"""Exports: every word as it was, nothing taken for markup, and no other file needed."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from corpus.conversations import Conversation, StoredTurn
from corpus.types import Filters
from qa.export import FORMS, answer_markdown, file_name, how_limited, plain, reference, to_html, to_json, to_markdown
from qa.serialize import answer_from_json, answer_to_json
from qa.types import Abstention, Answer, AnswerSentence, Citation, Note

MOMENT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
HOSTILE = "1999. It cost $3.5bn & *more* <script>alert(1)</script> [x](javascript:y) `c` _u_ ~~s~~ # not a heading | \\"
CITATION = Citation(
    1, "a1", 1, 0, 0, len(HOSTILE), HOSTILE, HOSTILE, "Post <b>", None, MOMENT, "https://post.example/a_b?c=1&d=2", 0.9
)
ANSWER = Answer(
    "And then?", "What came then?", "extractive", 0.9,
    (AnswerSentence(HOSTILE, (1,), 0.9, "supported"), AnswerSentence("Invented.", (), 0.0, "withheld", "No.")),
    (CITATION,), notes=(Note("reader", "The model did not answer; quoted sentences instead."),),
)  # fmt: skip


class Page(HTMLParser):
    """Text, tags and attributes of an HTML document."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.text, self.tags, self.attributes = "", list[str](), list[tuple[str, str]]()
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data


def conversation(title: str = "Then & <now>") -> Conversation:
    return Conversation("c1", title, MOMENT, MOMENT)


def turn(answer: Answer | None = ANSWER, **changes: object) -> StoredTurn:
    stored = None if answer is None else answer_to_json(answer)
    base = StoredTurn("t1", "c1", 0, answer.question if answer else "And?", "done", stored, 1, "good", MOMENT)
    return replace(base, **changes)  # type: ignore[arg-type]


@given(st.text(max_size=80))
def test_markdown_shows_any_text_as_it_stands(text: str) -> None:
    (shown,) = [Page(MarkdownIt("js-default").render(f"x\n\n{plain(text)}z\n"))]
    assert "".join(shown.text.split()) == "".join(f"x{text}z".split()).replace("\0", "\ufffd")
    assert shown.tags == ["p", "p"]


def test_the_markdown_holds_quotes_sources_and_remarks() -> None:
    text = to_markdown(conversation(), [turn(filters=Filters("2023-12-01", None, ("DW",)))])
    page = Page(MarkdownIt().render(text))
    assert page.text.count(HOSTILE) == 3  # the sentence; quote and title of its source
    assert set(page.tags) == {"h1", "h2", "p", "ol", "li", "a", "em"}
    assert ("href", "https://post.example/a_b?c=1&d=2") in page.attributes
    for line in ("Understood as: What came then?", "Asked of: DW, since 2023-12-01", "1 sentence withheld",
                 "The model did not answer; quoted sentences instead."):  # fmt: skip
        assert line in page.text
    assert "Invented" not in text


def test_the_html_stands_alone_and_links_every_mark_to_its_quote() -> None:
    text = to_html(conversation(), [turn(), turn(replace(ANSWER, question=HOSTILE), position=1)])
    page = Page(text)
    assert page.text.count(HOSTILE) == 7
    assert not {"script", "link", "img", "iframe", "b"} & set(page.tags)
    assert all(not value.startswith(("javascript:", "http:")) for name, value in page.attributes if name == "href")
    targets = {value for name, value in page.attributes if name == "id"}
    assert {value[1:] for name, value in page.attributes if name == "href" and value.startswith("#")} == targets
    assert targets == {"s1-1", "s2-1"}
    assert "Invented" not in text
    assert re.search(r"1 sentence withheld", text)


def test_the_json_gives_back_every_answer() -> None:
    scope = Filters(None, "2024-01-01", (), ("a1",))
    data = json.loads(to_json(conversation(), [turn(filters=scope, reader="llm"), turn(None, status="running")]))
    first, second = data["turns"]
    assert answer_from_json(first["answer"]) == ANSWER
    assert (first["filters"]["until"], first["filters"]["article_ids"], first["comment"]) == (
        "2024-01-01",
        ["a1"],
        "good",
    )
    assert (second["answer"], second["status"]) == (None, "running")


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.suffix)
def test_turns_without_an_answer_say_so(form: object) -> None:
    nearest = replace(ANSWER, sentences=(), citations=(), notes=(),
                      abstention=Abstention("low_relevance", "The articles don't answer that.", (CITATION,)))  # fmt: skip
    failed = replace(turn(None), status="error", answer={"error": "The disk is full."})
    text = form.write(conversation(), [turn(nearest), failed, turn(None)])  # type: ignore[attr-defined]
    shown = Page(MarkdownIt().render(text)).text if form.suffix == "md" else Page(text).text  # type: ignore[attr-defined]
    assert "answer that." in shown
    assert "The disk is full." in shown
    assert form.suffix == "json" or "No answer was given." in shown  # type: ignore[attr-defined]


@given(st.text(max_size=80))
def test_a_file_name_is_one_for_any_title(title: str) -> None:
    for form in FORMS:
        assert re.fullmatch(rf"[\w-]+\.{form.suffix}", file_name(conversation(title), form))


def test_a_reference_and_limits_in_plain_text() -> None:
    cited = replace(CITATION, quote="They left.", title="Exit", publisher="Post", url="javascript:x")
    assert reference(cited) == '“They left.” (Post, "Exit", 4 Mar 2026, javascript:x)'
    assert "<javascript" not in answer_markdown(replace(ANSWER, citations=(cited,)))
    assert how_limited(turn(filters=Filters("2023-01-01", "2023-02-01", ("A", "B"), ("x",)))) == (
        "A, B, since 2023-01-01, until 2023-02-01, 1 chosen article"
    )
