"""The pages: rendering of untrusted text, conversations, and the app driven without a browser."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from corpus import conversations
from corpus.library import Library
from corpus.types import Article, BlockSpan, Span
from qa.engine import Citewire
from qa.types import AnswerSentence, Citation
from qa.ui import render, state

MAIN = Path(__file__).parent.parent / "qa" / "ui" / "main.py"
EVIL = "<script>alert(1)</script> $3.5bn and $2bn *x* :fire: [a](b)"


def _citation(number: int, quote: str) -> Citation:
    return Citation(number, "a", 1, 0, 0, len(quote), quote, EVIL, None, None, None, "javascript:alert(1)", 0.9)


def test_untrusted_text_is_escaped() -> None:
    html = render.sentence_html(AnswerSentence(EVIL, (1,), 0.9, "supported"), [_citation(1, EVIL)], "t")
    assert "<script>" not in html
    assert "$3.5bn and $2bn *x* :fire:" in html
    assert 'href="#cite-t-1"' in html
    assert render.safe_url("javascript:alert(1)") is None


def test_marked_blocks_are_lossless() -> None:
    article = Article(
        "a", 1, "T", "Héad\n\nOne. Two.", blocks=(BlockSpan("heading", Span(0, 4)), BlockSpan("paragraph", Span(6, 15)))
    )
    blocks = render.marked_blocks(article, Span(11, 15), [Span(6, 10)])
    assert blocks == [["heading", [["Héad", 0]]], ["paragraph", [["One.", 2], [" ", 0], ["Two.", 1]]]]


def test_conversations(library: Library) -> None:
    key = conversations.start(library, "Who?")
    first, second = (conversations.add_turn(library, key, q) for q in ("Who?", "When?"))
    conversations.finish_turn(library, first, "done", {"a": "é"})
    conversations.rate_turn(library, second, 1)
    assert [(t.question, t.status, t.answer, t.rating) for t in conversations.turns(library, key)] == [
        ("Who?", "done", {"a": "é"}, None), ("When?", "running", None, 1),
    ]  # fmt: skip
    conversations.delete(library, key)
    assert not conversations.exists(library, key)
    assert conversations.turns(library, key) == []


@pytest.fixture
def app(sample: Citewire) -> AppTest:
    sample.ready = True
    state.use_engine(sample)
    return AppTest.from_file(str(MAIN), default_timeout=30)


def _html(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


def test_ask_in_the_app(app: AppTest) -> None:
    app.run()
    assert not app.exception
    app.chat_input(key="ask_box").set_value("Who backs opposition groups in northwestern Syria?").run()
    deadline = time.monotonic() + 30
    while "Try again" not in [button.label for button in app.button]:
        assert time.monotonic() < deadline
        app.run()
    assert not app.exception
    assert "they are backed by Turkey" in _html(app)
    assert 'class="cite"' in _html(app)


def test_articles_page(app: AppTest) -> None:
    app.run()
    app.switch_page("articles.py").run()
    assert not app.exception
    assert "33 articles" in _html(app)
    app.text_input(key="find").set_value("Notre-Dame").run()
    assert "4 articles" in _html(app)
