"""The pages, run by Streamlit's own test harness over a fake engine and a real library."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from corpus.ingest import build
from corpus.library import Library
from corpus.tags import tag
from corpus.types import Block, Filters, ParsedArticle
from qa.ui import SCRIPT, state
from qa.ui.chat import SHOWN
from qa.ui.state import Service
from tests.fakes import WORDS_CHUNKER, Asked, FakeEngine

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


def chat(**query: str | list[str]) -> AppTest:
    page = AppTest.from_file(str(SCRIPT), default_timeout=SECONDS)
    for name, value in query.items():
        page.query_params[name] = value
    return page.run()


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


@pytest.mark.usefixtures("service")
def test_an_empty_conversation_suggests_questions_about_the_newest_articles(engine: FakeEngine) -> None:
    page = chat()
    assert not page.exception
    assert "3 articles, 2 publishers, 18 Oct 2023 – 2 Nov 2024" in shown(page)
    suggestion = page.button(key="suggest_1")
    assert suggestion.label == "What is known about “Ankara deepens its role in the northern corridor”\\?"
    when(suggestion.click().run(), "Try again")
    assert [asked.question for asked in engine.asked] == [
        "What is known about “Ankara deepens its role in the northern corridor”?"
    ]


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
    assert "<summary>1 sentence withheld</summary>" in html
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
    assert "The library holds 3 articles, 2 publishers, 18 Oct 2023 – 2 Nov 2024." in html
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
    assert shown(page).count("cw-abstain") == 0


def test_a_turn_left_running_by_a_crash_can_be_tried_again(service: Service) -> None:
    conversation = service.conversations.start(QUESTION)
    service.conversations.ask(conversation.id, QUESTION)
    page = AppTest.from_file(str(SCRIPT), default_timeout=SECONDS)
    page.query_params["c"] = conversation.id
    page.run()
    assert "The answer was interrupted. Try again." in shown(page)


def test_conversations_are_listed_and_deleted_after_a_question(service: Service) -> None:
    page = ask(chat())
    page.menu_button[0].click("Delete").run()
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


def last(engine: FakeEngine, question: str) -> Asked:
    """How a question was put to the engine the last time; suggestions are put to it too."""
    return next(asked for asked in reversed(engine.asked) if asked.question == question)


# ---- follow-ups


@pytest.mark.usefixtures("service")
def test_a_follow_up_gets_the_turns_before_it_and_says_how_it_was_understood(engine: FakeEngine) -> None:
    page = ask(ask(chat()), "And the <b>yields</b>?")
    assert last(engine, QUESTION).history == ()
    (turn,) = last(engine, "And the <b>yields</b>?").history
    assert (turn.question, turn.titles) == (QUESTION, ("Ankara deepens its role in the northern corridor",))
    assert turn.sentences[0].startswith("Turkey backs armed opposition groups")
    assert "Not in any article." not in turn.sentences
    understood = f"{QUESTION} And the &lt;b&gt;yields&lt;/b&gt;?"
    assert f'Understood as: <q dir="auto">{understood}</q>' in shown(page)
    assert shown(page).count("Understood as") == 1  # not under the question that stood alone


def test_an_edited_question_is_asked_instead_and_stays(service: Service, engine: FakeEngine) -> None:
    page = ask(ask(chat()), "And the yields?")
    (_, turn) = service.conversations.turns(page.query_params["c"])
    page.text_area(key=f"standalone_{turn.id}").set_value("When did the wheat harvest begin?")
    next(button for button in page.button if button.label == "Ask again").click().run()
    page = when(page, "Try again")
    assert last(engine, "And the yields?").standalone == "When did the wheat harvest begin?"
    assert len(last(engine, "And the yields?").history) == 1  # the turn itself is not part of what it may refer to
    assert 'Understood as: <q dir="auto">When did the wheat harvest begin?</q>' in shown(page)
    next(button for button in page.button if button.label == "Try again").click().run()
    when(page, "Try again")
    assert [asked.standalone for asked in engine.asked if asked.question == "And the yields?"][1:] == 2 * [
        "When did the wheat harvest begin?"
    ]
    assert [turn.question for turn in service.conversations.turns(page.query_params["c"])] == [
        QUESTION,
        "And the yields?",
    ]


def test_suggestions_come_after_the_answer_and_are_asked(service: Service, engine: FakeEngine) -> None:
    engine.evidence = True
    suggestion = "How many farmers sold their fields to the state\\?"
    page = when(ask(chat(), "When did the wheat harvest begin?"), suggestion)
    next(button for button in page.button if button.label == suggestion).click().run()
    when(page, "Try again")
    assert shown(page).count("About 40 farmers sold their fields to the state.") >= 1
    questions = [turn.question for turn in service.conversations.turns(page.query_params["c"])]
    assert questions == ["When did the wheat harvest begin?", "How many farmers sold their fields to the state?"]
    assert suggestion not in labels(page)  # asked already


# ---- scope


@pytest.mark.usefixtures("service")
def test_the_scope_of_the_address_is_shown_asked_and_kept_with_the_turn(engine: FakeEngine) -> None:
    page = chat(since="2024-01-01", until="2024-12-31", publisher=["northline news", "<i>"])
    scope = Filters("2024-01-01", "2024-12-31", ("northline news", "<i>"))
    label = page.get("popover")[-1].proto.popover.label
    assert [button.label for button in page.button if str(button.key).startswith("suggest_")] == [
        r"What is known about “What each outside power \<script\>alert\(1\)\<\/script\> wants”\?"
    ]
    assert label == r"northline news\, \<i\> · 1 Jan – 31 Dec 2024 · 1 article"
    ask(page, "Who wants coastal bases?")
    assert last(engine, "Who wants coastal bases?").filters == scope
    assert "Asked of: northline news, &lt;i&gt; · 1 Jan – 31 Dec 2024" in shown(page)
    page.button(key="scope_clear").click().run()
    assert not {"since", "until", "publisher"} & set(page.query_params)
    assert page.get("popover")[-1].proto.popover.label == "All 3 articles"
    next(button for button in page.button if button.label == "Try again").click().run()
    when(page, "Try again")
    assert [asked.filters for asked in engine.asked if asked.question == "Who wants coastal bases?"] == 2 * [scope]
    ask(page, "Which powers are there?")
    assert last(engine, "Which powers are there?").filters == Filters()
    page.button(key=f"open_{page.query_params['c']}").click().run()
    assert "publisher" not in page.query_params


@pytest.mark.usefixtures("service")
def test_the_scope_is_changed_by_its_widgets_and_nonsense_in_the_address_counts_for_nothing() -> None:
    page = chat(since="yesterday", article="gone")
    assert "an article that is gone" in page.get("popover")[-1].proto.popover.label
    assert "0 articles" in page.get("popover")[-1].proto.popover.label
    page.button(key="scope_clear").click().run()
    page.multiselect(key="scope_publishers").set_value(["Meridian Post"]).run()
    page.date_input(key="scope_since").set_value(date(2023, 10, 18)).run()
    assert page.query_params["publisher"] == "Meridian Post"
    assert page.get("popover")[-1].proto.popover.label == "Meridian Post · since 18 Oct 2023 · 1 article"
    assert not page.exception


# ---- conversations


def test_a_conversation_is_renamed_exported_and_found_again(service: Service) -> None:
    page = ask(chat())
    page.menu_button[0].click("Rename").run()
    page.text_input(key="new_title").set_value("Backers $1 *of* <b>groups</b>")
    next(button for button in page.button if button.label == "Rename").click().run()
    (one,) = service.conversations.recent()
    assert one.title == "Backers $1 *of* <b>groups</b>"
    assert page.button(key=f"open_{one.id}").label == r"Backers \$1 \*of\* \<b\>groups\<\/b\>"
    page.menu_button[0].click("Export").run()
    assert [button.label for button in page.download_button] == ["Markdown", "HTML", "JSON"]
    for number in range(9):
        service.conversations.start(f"Harvest {number}")
    page.run()
    page.text_input(key="find_conversation").set_value("BACKS opposition").run()
    assert [button.key for button in page.button if str(button.key).startswith("open_")] == [f"open_{one.id}"]
    page.text_input(key="find_conversation").set_value("100%").run()
    assert "No conversation matches." in shown(page)


def test_an_opinion_is_kept_with_its_words(service: Service) -> None:
    page = ask(chat())
    (turn,) = service.conversations.turns(page.query_params["c"])
    page.get("feedback")[0].set_value(0).run()
    page.text_area(key=f"comment_{turn.id}").set_value(" wrong year ").run()
    (turn,) = service.conversations.turns(page.query_params["c"])
    assert (turn.rating, turn.comment) == (0, "wrong year")
    page.get("feedback")[0].set_value(1).run()
    (turn,) = service.conversations.turns(page.query_params["c"])
    assert (turn.rating, turn.comment) == (1, "wrong year")


@pytest.mark.usefixtures("service")
def test_another_reader_is_chosen_for_a_question_or_for_another_try(engine: FakeEngine) -> None:
    page = chat()
    assert not page.menu_button  # one reader is no choice
    engine.readers = ("llm:tiny", "extractive")
    ask_with(page.run())
    assert last(engine, QUESTION).reader is None
    again = next(menu for menu in page.menu_button if menu.label == "Try again")
    again.click("extractive").run()
    when_menu(page, "Try again")
    assert last(engine, QUESTION).reader == "extractive"
    assert "Quoted word for word" in shown(page)
    page.menu_button(key="reader_menu").click("extractive").run()
    assert page.menu_button(key="reader_menu").label == "Quotes alone"
    ask_with(page)
    assert [asked.reader for asked in engine.asked if asked.question == QUESTION] == [None, "extractive", "extractive"]


def ask_with(page: AppTest) -> None:
    page.chat_input(key="question").set_value(QUESTION).run()
    when_menu(page, "Try again")


def when_menu(page: AppTest, label: str) -> None:
    end = time.monotonic() + SECONDS
    while label not in [menu.label for menu in page.menu_button]:
        assert time.monotonic() < end, shown(page)
        page.run()
    assert not page.exception


@pytest.mark.usefixtures("service")
def test_two_sessions_see_nothing_of_each_other_but_the_list() -> None:
    first, second = chat(publisher="Meridian Post"), chat()
    ask(first)
    second.run()
    assert "c" not in second.query_params
    assert "publisher" not in second.query_params
    assert "cw-hero" in shown(second)
    ask(second, "When did the harvest begin?")
    assert first.query_params["c"] != second.query_params["c"]
    first.run()
    assert "harvest began" not in shown(first)
    assert "Turkey backs" not in shown(second)


# ---- articles


def test_the_reader_marks_the_span_of_the_address(service: Service) -> None:
    summary = next(s for s in service.engine.library.summaries() if "Ankara" in s.title)
    sentence = service.engine.library.sentences(summary.id)[3]
    page = library_page(article=summary.id, v="1", s=f"{sentence.span.start}-{sentence.span.end}")
    html = shown(page)
    assert f'<mark id="cw-hit">{sentence.text.replace("<", "&lt;").replace(">", "&gt;")}</mark>' in html
    assert '<h3 class="cw-heading" dir="auto">A costly commitment</h3>' in html
    assert "Meridian Post · Leyla Aksoy · 18 Oct 2023" in html
    for nonsense in ("9-3", "0-999999", "x"):
        assert "<mark" not in shown(library_page(article=summary.id, s=nonsense))


def test_an_article_that_is_gone_is_said_to_be_gone(service: Service) -> None:
    assert "That article is not in the library." in shown(library_page(article="nowhere"))
    page = library_page(article=service.engine.library.summaries()[0].id, v="7")
    assert "That article is not in the library." in shown(page)


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
    next(field for field in page.text_input if field.label == "Title (optional)").set_value("Mill <closed>")
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


# ---- news


def test_a_tag_limits_what_is_asked_and_is_kept_with_the_turn(service: Service, engine: FakeEngine) -> None:
    harvest = next(s for s in engine.library.summaries() if "Harvest" in s.title)
    tag(engine.library, harvest.id, "Farming")
    page = chat(tag="farming")
    assert page.get("popover")[-1].proto.popover.label == "tagged farming · 1 article"
    ask(page, "When did the wheat harvest begin?")
    assert last(engine, "When did the wheat harvest begin?").filters == Filters(tags=("farming",))
    (turn,) = service.conversations.turns(page.query_params["c"])
    assert turn.filters == Filters(tags=("farming",))
    assert "Asked of: tagged farming" in shown(page)
    page.multiselect(key="scope_tags").set_value([]).run()
    assert "tag" not in page.query_params


def test_the_time_asked_about_is_shown_and_can_be_changed(service: Service, engine: FakeEngine) -> None:
    question = "When did the wheat harvest begin in May 2023?"
    page = ask(chat(), question)
    (turn,) = service.conversations.turns(page.query_params["c"])
    assert [one.proto.popover.label for one in page.get("popover") if "Time" in one.proto.popover.label] == [
        r"Time\: May 2023"
    ]
    page.date_input(key=f"time_until_{turn.id}").set_value(date(2023, 8, 14))
    page.button(key=f"time_ask_{turn.id}").click().run()
    page = when(page, "Try again")
    assert (
        last(engine, question).standalone == "When did the wheat harvest begin between 1 May 2023 and 14 August 2023?"
    )
    page.button(key=f"time_any_{turn.id}").click().run()
    when(page, "Try again")
    assert last(engine, question).standalone == "When did the wheat harvest begin?"


def test_an_answer_over_an_article_that_was_updated_offers_the_new_version(service: Service) -> None:
    page = ask(chat())
    assert "Updated since" not in shown(page)
    text = "Turkey no longer backs armed opposition groups in the north, the officials said."
    new = ParsedArticle("Ankara leaves", (Block("paragraph", text),), url="https://meridian.example/ankara")
    assert service.engine.library.store(build(new, WORDS_CHUNKER)).status == "updated"
    page.run()
    assert "Turkey backs armed opposition groups in the north with training" in shown(page)
    assert "this answer cites version 1" in shown(page)
    (group,) = sources(page)
    assert [article["newest"][-4:] for article in group["articles"].values() if article["newest"]] == ["&v=2"]


def test_a_long_conversation_is_drawn_from_its_end(service: Service) -> None:
    one = service.conversations.start("Many")
    for number in range(SHOWN + 3):
        service.conversations.finish(service.conversations.ask(one.id, f"Question {number}").id, "stopped", None)
    page = chat(c=one.id)
    assert shown(page).count("cw-question") == SHOWN
    assert f"Question {SHOWN + 2}" in shown(page)
    page.button(key="show_earlier").click().run()
    assert shown(page).count("cw-question") == SHOWN + 3
