"""The pages, run by Streamlit's own test harness over a fake engine and a real library."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from corpus.library import Library
from corpus.types import Block, ParsedArticle
from qa.ui import SCRIPT, state
from qa.ui.state import Service
from tests.fakes import FakeEngine, fill

QUESTION = "Who backs opposition groups?"
ARTICLES_PAGE = "from qa.ui import articles; articles.page()"
SECONDS = 20.0


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[FakeEngine]:
    engine = FakeEngine.over(tmp_path)
    yield engine
    state.close()


@pytest.fixture
def service(engine: FakeEngine) -> Service:
    service = state.use_engine(engine)
    assert service.warmed.wait(SECONDS)
    return service


def chat() -> AppTest:
    return AppTest.from_file(str(SCRIPT), default_timeout=SECONDS).run()


def library_page(**query: str) -> AppTest:
    page = AppTest.from_string(ARTICLES_PAGE, default_timeout=SECONDS)
    for name, value in query.items():
        page.query_params[name] = value
    return page.run()


def shown(page: AppTest) -> str:
    """All of the page's HTML but the style sheet."""
    return "\n".join(block.proto.body for block in page.get("html") if "<style>" not in block.proto.body)


def labels(page: AppTest) -> list[str]:
    return [button.label for button in page.button]


def when(page: AppTest, label: str) -> AppTest:
    """Run the page again until it has a button with this label."""
    end = time.monotonic() + SECONDS
    while label not in labels(page):
        assert time.monotonic() < end, shown(page)
        page.run()
    assert not page.exception
    return page


def ask(page: AppTest, question: str = QUESTION) -> AppTest:
    page.chat_input(key="question").set_value(question).run()
    return when(page, "Try again")


def sources(page: AppTest) -> list[dict[str, list[dict[str, object]]]]:
    """What the viewer was sent, answer by answer."""
    return list(json.loads(page.get("bidi_component")[0].proto.json)["groups"].values())


def test_an_empty_conversation_suggests_questions_about_the_newest_articles(service: Service) -> None:
    page = chat()
    assert not page.exception
    assert "3 articles, 2 publishers, 2023 to 2024" in shown(page)
    suggestion = page.button(key="suggest_1")
    assert suggestion.label == "What is known about “Ankara deepens its role in the northern corridor”\\?"
    when(suggestion.click().run(), "Try again")
    assert service.engine.asked == ["What is known about “Ankara deepens its role in the northern corridor”?"]


def test_a_new_library_suggests_questions_about_the_sample_it_will_hold(tmp_path: Path) -> None:
    state.use_engine(FakeEngine(Library.open(tmp_path, create=True)))
    page = chat()
    assert page.button(key="suggest_0").label == "Who backs opposition groups in northwestern Syria\\?"
    assert "sample articles, being prepared" in shown(page)
    state.close()


@pytest.mark.usefixtures("service")
def test_an_answer_is_cited_and_every_source_can_be_opened() -> None:
    page = ask(chat(), "Who <b>backs</b> opposition groups, and when did the harvest begin?")
    html = shown(page)
    assert "Who &lt;b&gt;backs&lt;/b&gt; opposition groups" in html
    assert html.count('class="cw-sentence') == html.count('class="cw-chip"') - 1  # a note has a chip too
    assert "1 sentence was withheld." in html
    assert "confidence 91%" in html
    (group,) = sources(page)
    assert [source["number"] for source in group["sources"]] == list(range(1, html.count('class="cw-card"') + 1))


def test_a_conversation_is_restored_from_its_address(service: Service) -> None:
    first = ask(chat())
    (turn,) = service.conversations.turns(first.query_params["c"])
    service.conversations.rate(turn.id, 1)
    again = AppTest.from_file(str(SCRIPT), default_timeout=SECONDS)
    again.query_params["c"] = first.query_params["c"]
    again.run()
    assert [line for line in shown(again).splitlines() if "cw-sentence" in line] == [
        line for line in shown(first).splitlines() if "cw-sentence" in line
    ]
    assert again.get("feedback")[0].value == 1


@pytest.mark.usefixtures("service")
def test_an_unanswerable_question_shows_the_closest_passages() -> None:
    page = ask(chat(), "Who won the cup?")
    html = shown(page)
    assert "The articles don&#x27;t answer that." in html
    assert "No article mentions “World Cup”." in html
    assert "The library holds 3 articles, 2 publishers, 2023 to 2024." in html
    assert 'aria-label="Closest passages"' in html
    (group,) = sources(page)
    assert len(group["sources"]) == 3


def test_a_question_asked_while_the_model_loads_waits_and_is_answered(engine: FakeEngine) -> None:
    engine.warm_gate = threading.Event()
    state.use_engine(engine)
    page = chat()
    assert "Loading the language model… You can ask already." in shown(page)
    page.chat_input(key="question").set_value(QUESTION).run()
    assert engine.asked == []
    assert "Loading the language model…" in shown(page)
    engine.warm_gate.set()
    assert 'class="cw-sentence"' in shown(when(page, "Try again"))


def test_a_model_that_cannot_load_is_reported(engine: FakeEngine) -> None:
    engine.warm_error = "The model <x> is missing. Reinstall Citewire."
    service = state.use_engine(engine)
    assert service.warmed.wait(SECONDS)
    assert "The model &lt;x&gt; is missing. Reinstall Citewire." in shown(chat())


def test_an_answer_can_be_stopped_half_way_and_tried_again(engine: FakeEngine) -> None:
    engine.gate = threading.Semaphore(1)
    service = state.use_engine(engine)
    page = chat()
    question = "Which groups denies directing outside powers harvest?"
    page.chat_input(key="question").set_value(question).run()
    job = service.answering.job(page.query_params["c"])
    assert job is not None
    assert page.chat_input(key="question").disabled
    while job.answer is None:
        page.run()
    page.button(key="stop").click().run()
    engine.gate.release()
    when(page, "Try again")
    assert "Stopped. The answer is incomplete." in shown(page)
    for _ in range(8):
        engine.gate.release()
    next(button for button in page.button if button.label == "Try again").click().run()
    when(page, "Try again")
    assert "Stopped" not in shown(page)
    assert shown(page).count('class="cw-sentence') == 3
    assert shown(page).count("weak match") == 1


def test_a_turn_left_running_by_a_crash_can_be_tried_again(service: Service) -> None:
    conversation = service.conversations.start(QUESTION)
    service.conversations.ask(conversation.id, QUESTION)
    page = AppTest.from_file(str(SCRIPT), default_timeout=SECONDS)
    page.query_params["c"] = conversation.id
    page.run()
    assert "The answer was interrupted. Try again." in shown(page)


def test_conversations_are_listed_and_deleted_after_a_question(service: Service) -> None:
    page = ask(chat())
    assert "Delete conversation" in labels(page)
    next(button for button in page.button if button.label == "Delete conversation").click().run()
    assert service.conversations.recent()
    page.button(key="confirm_delete").click().run()
    assert not service.conversations.recent()
    assert "cw-hero" in shown(page)


@pytest.mark.usefixtures("service")
def test_a_conversation_that_is_gone_gives_a_new_one() -> None:
    page = AppTest.from_file(str(SCRIPT), default_timeout=SECONDS)
    page.query_params["c"] = "nowhere"
    page.run()
    assert not page.exception
    assert "c" not in page.query_params
    assert [toast.value for toast in page.toast] == ["That conversation no longer exists."]


def test_the_list_of_articles_is_searched_and_paged(service: Service) -> None:
    fill(service.engine.library, [_numbered(n) for n in range(45)])
    page = library_page()
    assert not page.exception
    assert "1–20 of 48" in shown(page)
    page.button(key="older").click().run()
    page.button(key="older").click().run()
    assert "41–48 of 48" in shown(page)
    assert page.button(key="older").disabled
    page.text_input(key="find").set_value("ankara").run()
    assert "1–1 of 1" in shown(page)
    page.text_input(key="find").set_value("100%").run()
    assert "No article matches." in shown(page)


def _numbered(number: int) -> ParsedArticle:
    return ParsedArticle(f"Harvest {number}", (Block("paragraph", f"Field {number} was mown."),))


def test_the_reader_marks_the_span_of_the_address(service: Service) -> None:
    summary = next(s for s in service.engine.library.summaries() if "Ankara" in s.title)
    sentence = service.engine.library.sentences(summary.id)[3]
    page = library_page(article=summary.id, v="1", s=f"{sentence.span.start}-{sentence.span.end}")
    html = shown(page)
    assert f'<mark id="cw-hit">{sentence.text.replace("<", "&lt;").replace(">", "&gt;")}</mark>' in html
    assert '<h3 class="cw-heading">A costly commitment</h3>' in html
    assert "Meridian Post · Leyla Aksoy · 18 Oct 2023" in html
    for nonsense in ("9-3", "0-999999", "x"):
        assert "<mark" not in shown(library_page(article=summary.id, s=nonsense))


def test_an_article_that_is_gone_is_said_to_be_gone(service: Service) -> None:
    assert "That article is not in the library." in shown(library_page(article="nowhere"))
    page = library_page(article=service.engine.library.summaries()[0].id, v="7")
    assert "That article is not in the library." in shown(page)


def test_an_article_is_deleted_only_after_a_question(service: Service) -> None:
    page = library_page()
    first = service.engine.library.summaries()[0]
    page.button(key=f"drop_{first.id}").click().run()
    page.button(key="confirm_cancel").click().run()
    assert service.engine.library.count_articles() == 3
    page.button(key=f"drop_{first.id}").click().run()
    page.button(key="confirm_delete").click().run()
    assert service.engine.library.count_articles() == 2


def test_files_and_pasted_text_are_added_with_a_result_for_each(service: Service) -> None:
    page = library_page()
    page.file_uploader[0].set_value([("a.md", b"# Port reopens\n\nThe port reopened on Monday.", "text/markdown"),
                                     ("empty.txt", b" ", "text/plain")])  # fmt: skip
    next(button for button in page.button if button.label == "Add to the library").click().run()
    when(page, "Done")
    html = shown(page)
    assert "1 added, 1 failed" in html
    assert "is empty." in html
    page.button(key="dismiss").click().run()
    page.text_area(key="pasted_text").set_value("The mill closed in 1999.")
    page.text_input[0].set_value("Mill <closed>")
    next(button for button in page.button if button.label == "Add text").click().run()
    when(page, "Done")
    assert "Mill <closed>" in [summary.title for summary in service.engine.library.summaries()]


def test_running_the_script_leaves_the_search_path_alone() -> None:
    import sys

    from streamlit.runtime.scriptrunner.exec_code import modified_sys_path

    from qa.ui import SCRIPT

    before = list(sys.path)
    with modified_sys_path(str(SCRIPT)):
        assert sys.path == before  # another thread may be importing the model just now
    assert sys.path == before
