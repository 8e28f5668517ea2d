"""The terminal chat and the audit page, on the sample articles with the real model."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
from rich.console import Console

from corpus.conversations import Conversations
from corpus.types import Filters
from qa.audit import audit_page
from qa.batch import QuestionRow, read_rows
from qa.cli.chatting import Chat
from qa.engine import Citewire
from qa.history import history_of
from qa.serialize import answer_to_json
from qa.settings import load_settings
from qa.types import Answer, AnswerSentence, Check
from tests.fakes import ARTICLES
from tests.test_cli import run

QUESTION = "How long did the Ever Given block the Suez Canal?"


@pytest.fixture
def engine(tmp_path: Path) -> Citewire:
    """An engine whose library may be written to, with one article of its own."""
    folder = tmp_path / "in"
    folder.mkdir()
    rows = [{"title": a.title, "text": "\n\n".join(b.text for b in a.blocks)} for a in ARTICLES]
    (folder / "articles.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    opened = Citewire.open(load_settings(library=tmp_path / "lib"))
    from corpus.sources import sources

    opened.add(sources([folder]))
    return opened


def talk(engine: Citewire) -> tuple[Chat, io.StringIO]:
    printed = io.StringIO()
    console = Console(file=printed, soft_wrap=True, highlight=False)
    return Chat(engine, Conversations(engine.library), Filters(), console), printed


def test_a_chat_answers_shows_its_sources_and_is_kept(engine: Citewire, tmp_path: Path) -> None:
    chat, printed = talk(engine)
    assert chat.say("Who backs armed groups in the north?")
    assert chat.say("/sources")
    assert chat.say("/open 1")
    assert chat.say("/open 9")
    assert chat.say("/nonsense")
    assert chat.say(f"/save {tmp_path / 'kept.md'}")
    assert not chat.say("/quit")
    text = printed.getvalue()
    sentence = "Turkey backs armed opposition groups in the north with training and salaries, the officials said."
    assert f"{sentence} [1]" in text
    assert f"[1] “{sentence}”" in text
    assert "It denies directing their operations." in text  # the article that was opened
    assert "There is no source '9'" in text
    assert "There is no command /nonsense" in text
    assert sentence in (tmp_path / "kept.md").read_text()
    turns = chat.conversations.turns(chat.conversation or "")
    assert [turn.status for turn in turns] == ["done"]
    assert history_of(turns)[0].sentences[0] == sentence
    assert history_of(turns, before=0) == ()


def test_a_question_that_cannot_be_asked_is_a_message_and_the_chat_goes_on(engine: Citewire) -> None:
    chat, printed = talk(engine)
    assert chat.say("???")
    assert chat.say("When did the wheat harvest begin?")
    assert "3 May" in printed.getvalue()
    assert [turn.status for turn in chat.conversations.turns(chat.conversation or "")] == ["error", "done"]


def test_the_last_question_can_be_asked_again_in_other_words(engine: Citewire) -> None:
    chat, printed = talk(engine)
    chat.say("When did it begin?")
    chat.say("/edit When did the wheat harvest begin?")
    assert "Understood as: When did the wheat harvest begin?" in printed.getvalue()
    last = chat.conversations.turns(chat.conversation or "")[-1]
    assert last.answer
    assert (last.question, last.answer["standalone_question"]) == (
        "When did it begin?",
        "When did the wheat harvest begin?",
    )


def test_chat_reads_a_pipe_and_goes_on_with_the_last_conversation(engine: Citewire) -> None:
    library = str(engine.library.folder)
    engine.close()
    run("chat", "--library", library, stdin="When did the wheat harvest begin?\n")
    again = run("chat", "--library", library, "--continue", stdin="/sources\n/quit\n")
    assert again.returncode == 0
    assert "“The wheat harvest began on 3 May.”" in again.stdout
    assert "Ask about the articles" not in again.stdout  # the greeting is for a terminal


def test_the_audit_page_tells_everything_and_asks_for_nothing(sample: Citewire) -> None:
    answer = sample.ask(QUESTION)
    page = audit_page(answer, sample.facts())
    assert QUESTION in page
    for citation in answer.citations:
        assert citation.url is None or citation.url in page
        assert f"characters {citation.start} to {citation.end}" in page
    assert page.count('<tr class="cited">') == len({c.sentence for c in answer.citations})
    assert all(stage in page for stage in ("encode", "dense", "lexical", "rerank", "read", "total"))
    assert not re.search(r"<script|<img|<link|\bsrc=|url\(", page)


def test_the_audit_page_escapes_what_others_wrote() -> None:
    hostile = "<script>alert(1)</script>"
    held = AnswerSentence(hostile, (), 0.0, "withheld", hostile, (Check("names", False, hostile),))
    page = audit_page(Answer(hostile, hostile + "?", "llm", 0.5, (held,)), {"library": hostile})
    assert hostile not in page
    assert page.count("&lt;script&gt;") == 7


def test_audit_option_writes_the_page(engine: Citewire, tmp_path: Path) -> None:
    library = str(engine.library.folder)
    engine.close()
    file = tmp_path / "audit.html"
    done = run("ask", "When did the wheat harvest begin?", "--library", library, "--audit", str(file))
    assert done.returncode == 0
    assert "The wheat harvest began on 3 May." in file.read_text()
    refused = run("ask", "When did it begin?", "--library", library, "--audit", str(tmp_path / "no" / "audit.html"))
    assert refused.returncode == 2
    assert "cannot be written" in refused.stderr


def test_a_batch_row_may_have_a_history(sample: Citewire, tmp_path: Path) -> None:
    before = answer_to_json(sample.ask(QUESTION))
    rows = [
        {"id": 1, "question": "Why?", "history": [{"question": QUESTION, "answer": before}]},
        {"id": 2, "question": "Why?", "history": [QUESTION, {"question": "When?", "answer": "In 2021."}]},
        {"id": 3, "question": "Why?", "history": [{"answer": "no question"}]},
        {"id": 4, "question": "Why?", "history": 7},
    ]
    file = tmp_path / "rows.jsonl"
    file.write_text("\n".join(json.dumps(row) for row in rows))
    first, second, *bad = read_rows(str(file), "question")
    assert isinstance(first, QuestionRow)
    assert first.history[0].sentences[0] == before["sentences"][0]["text"]
    assert isinstance(second, QuestionRow)
    assert [turn.question for turn in second.history] == [QUESTION, "When?"]
    assert second.history[1].sentences == ("In 2021.",)
    assert all(isinstance(row, str) and "history" in row for row in bad)
