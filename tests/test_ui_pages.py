"""The pages beside the conversation, run by Streamlit's own test harness: articles, insight, evaluation, settings, tour."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from corpus.library import Library
from corpus.removal import Removed
from corpus.tags import tag, tags_of
from corpus.types import Block, ParsedArticle
from qa.engine import Citewire
from qa.errors import SettingsError
from qa.settings import load_settings
from qa.settings_file import keep, origin, stored_values
from qa.ui import SCRIPT, state
from qa.ui.evaluation import committed, flat, measures
from qa.ui.insight import size
from qa.ui.jobs import Job, Jobs
from qa.ui.state import Service
from tests.chat_server import ChatServer, says
from tests.fakes import FakeEngine, fill

SECONDS = 60.0


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    service = state.use_engine(FakeEngine.over(tmp_path / "library"))
    assert service.warmed.wait(SECONDS)
    yield service
    state.close()


@pytest.fixture
def real(sample: Citewire) -> Iterator[Service]:
    """The pages over the real engine and the sample."""
    service = state.use_engine(sample)
    assert service.warmed.wait(SECONDS)
    yield service
    state.close()


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """The pages over the real engine and a library of their own, started in a folder without a settings file."""
    monkeypatch.chdir(tmp_path)
    engine = Citewire.open(load_settings(library=tmp_path / "library"))
    service = Service(engine)  # not warmed: nothing here needs a model
    state.use_service(service)
    yield service
    state.close()
    engine.close()


def show(name: str, **query: str | list[str]) -> AppTest:
    page = AppTest.from_string(f"from qa.ui import {name}; {name}.page()", default_timeout=SECONDS)
    for key, value in query.items():
        page.query_params[key] = value
    page.run()
    assert not page.exception, page.exception
    return page


def shown(page: AppTest) -> str:
    return "\n".join(block.proto.body for block in page.get("html") if "<style>" not in block.proto.body)


def until(page: AppTest, text: str) -> AppTest:
    """Run the page again until it shows this."""
    end = time.monotonic() + SECONDS
    while text not in shown(page):
        assert time.monotonic() < end, shown(page)
        page.run()
    assert not page.exception
    return page


def press(page: AppTest, label: str) -> AppTest:
    next(button for button in page.button if button.label == label).click()
    return page.run()


# ---- articles


def test_the_list_is_paged_searched_ordered_and_filtered(service: Service) -> None:
    library = service.engine.library
    fill(library, [
        ParsedArticle(f"Harvest {n:02}", (Block("paragraph", f"Field {n} was mown."),), publisher="Farm Wire",
                      published=datetime(2020, 1, 1 + n % 28)) for n in range(45)
    ])  # fmt: skip
    page = show("articles")
    assert "1–20 of 48" in shown(page)
    assert page.button(key="previous").disabled
    page.button(key="next").click().run()
    assert "21–40 of 48" in shown(page)
    page.button(key="next").click().run()
    assert "41–48 of 48" in shown(page)
    assert page.button(key="next").disabled
    page.button(key="previous").click().run()
    assert "21–40 of 48" in shown(page)
    page.text_input(key="find").set_value("mown harv").run()
    assert "1–20 of 45" in shown(page)
    page.selectbox(key="sort").set_value("title").run()
    assert next(b.label for b in page.button if (b.key or "").startswith("read_")) == "Harvest 00"
    page.text_input(key="find").set_value("100%").run()
    assert "No article matches." in shown(page)
    page.button(key="show_all").click().run()
    page.multiselect(key="filter_publishers").set_value(["Meridian Post"]).run()
    assert "1–1 of 1" in shown(page)
    assert "Meridian Post" in page.query_params["publisher"]
    page.button(key="clear_filters").click().run()
    assert "1–20 of 48" in shown(page)


@pytest.mark.usefixtures("service")
def test_an_address_names_the_list_and_nonsense_in_it_counts_for_nothing() -> None:
    assert "1–1 of 1" in shown(show("articles", since="2024-01-01", until="2024-12-31"))
    page = show("articles", sort="random", since="soon", after="[1, 2]", before="{", tag="none")
    assert "No article matches." in shown(page)
    assert "1–3 of 3" in shown(show("articles", sort="<b>", until="yesterday", after='["x"]'))


def test_a_deleted_article_can_be_brought_back(service: Service) -> None:
    library = service.engine.library
    first, second, _ = library.summaries()
    page = show("articles")
    for article in (first, second):
        page.button(key=f"drop_{article.id}").click().run()
    assert library.count_articles() == 1
    assert "Deleted “Ankara deepens its role in the northern corridor” and 1 more." in shown(page)
    page.button(key="undo_delete").click().run()
    assert "Deleted “What each outside power &lt;script&gt;" in shown(page)
    page.button(key="undo_delete").click().run()
    assert library.count_articles() == 3
    assert "Deleted" not in shown(page)
    page.button(key=f"drop_{first.id}").click().run()
    page.button(key="undo_dismiss").click().run()
    assert (library.count_articles(), service.removed) == (2, [])


def test_the_reader_tags_and_deletes(service: Service) -> None:
    library = service.engine.library
    article = next(a for a in library.summaries() if "Ankara" in a.title)
    page = show("articles", article=article.id)
    page.multiselect(key=f"tags_{article.id}").set_value(["To read"]).run()
    assert tags_of(library, article.id)[article.id] == ("To read",)
    assert '<span class="cw-tag">To read</span>' in shown(show("articles"))
    assert "1–1 of 1" in shown(show("articles", tag="to read"))
    page = show("articles", article=article.id)
    page.multiselect(key=f"tags_{article.id}").set_value([]).run()
    assert tags_of(library, article.id)[article.id] == ()
    press(page, "Delete")
    assert "Deleted “Ankara" in shown(page)
    assert library.count_articles() == 2


def test_pages_of_an_empty_library_say_what_to_do(tmp_path: Path) -> None:
    state.use_engine(FakeEngine(Library.open(tmp_path, create=True)))
    assert "No articles yet" in shown(show("articles"))
    assert "Nothing to show yet" in shown(show("insight"))
    assert "No articles to ask" in shown(show("evaluation"))
    state.close()


# ---- insight


def test_insight_draws_the_map_in_the_background_and_tells_a_story(real: Service) -> None:
    page = until(until(show("insight"), "Articles on the map"), "cw-timeline")
    assert real.jobs.get("map")
    drawn = real.jobs.get("map").result
    assert len(drawn.points) == drawn.total == real.engine.library.count_articles()
    html = shown(page)
    assert f"{drawn.total} articles · 6 publishers" in html
    assert len(page.get("vega_lite_chart") or page.get("arrow_vega_lite_chart")) == 4  # time, publishers, map, topics
    choice = next(o for o in page.selectbox(key="timeline").options if "Notre" in o)
    page.selectbox(key="timeline").set_value(choice).run()
    story = shown(page).partition("cw-timeline")[2]
    fire, opened = "Fire brings down the spire", "Notre-Dame reopens"
    assert 0 <= story.find(fire) < story.find(opened)


# ---- evaluation


def test_own_questions_are_measured_in_the_background_with_their_misses(real: Service) -> None:
    title = "Container ship blocks the Suez Canal"
    lines = [
        {"question": "How long did the Ever Given block the Suez Canal?", "article": title},
        {"question": "Who won the 2022 World Cup?", "answerable": False},
        {"question": "How many people worked on the restoration of Notre-Dame?", "article": title},
    ]
    page = show("evaluation")
    data = "\n".join(map(json.dumps, lines)).encode()
    page.file_uploader[0].set_value([("mine <b>.jsonl", data, "application/json")])
    press(page, "Evaluate")
    until(page, "Misses")
    measured = real.jobs.get("evaluation").result
    assert measured.questions == 3
    assert [miss.id for miss in measured.misses if "Notre-Dame" in miss.question] == ["3"]
    assert "questions from mine &lt;b&gt;.jsonl went right." in shown(page)
    document = json.loads(measured.to_json())
    assert document["measures"]["article"]["questions"] == 2
    press(page, "Evaluate another file")
    page.file_uploader[0].set_value([("bad.jsonl", b"{}", "application/json")])
    press(page, "Evaluate")
    assert "Line 1 of &#x27;bad.jsonl&#x27;" in shown(until(page, "has no"))


def test_committed_results_are_shown_and_their_absence_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"values": {"one_two": {"x": 1, "y": [1, 2]}}}')
    (tmp_path / "b.json").write_text("not json")
    found = committed(tmp_path)
    assert flat(found["a"]["values"]) == [("one two, x", 1), ("one two, y", "1, 2")]
    assert list(found) == ["a"]
    assert committed(tmp_path / "nowhere") == {}
    rows = measures({"citation": {"precision": 0.5, "precision_interval": [0.4, 0.6], "recall": None}})
    assert rows == [{"name": "Citations that are right", "value": 0.5, "low": 0.4, "high": 0.6}]


# ---- settings


def test_a_setting_holds_at_once_and_is_kept_when_asked(own: Service, tmp_path: Path) -> None:
    file = tmp_path / "citewire.toml"
    file.write_text("# mine\nmax_sentences = 2  # short\n")
    page = show("settings_page")
    page.slider(key="set_threshold").set_value(0.7)
    press(page, "Apply")
    assert own.engine.settings.threshold == 0.7
    assert file.read_text() == "# mine\nmax_sentences = 2  # short\n"
    page.slider(key="set_threshold").set_value(0.8)
    press(page, "Apply and keep")
    assert file.read_text() == "# mine\nmax_sentences = 3\nthreshold = 0.8\n"
    assert load_settings().threshold == 0.8
    html = shown(page)
    assert "<dt>threshold</dt><dd>0.8<small>citewire.toml</small>" in html
    assert "<dt>candidates</dt><dd>50<small>default</small>" in html


def test_a_model_is_tested_and_used_and_a_key_goes_nowhere_else(own: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    with ChatServer(says("OK", " <b>")) as server:
        page = show("settings_page")
        page.text_input(key="set_llm_url").set_value(server.url)
        press(page, "Test the model")
        until(page, "It answers: OK &lt;b&gt;")
        assert "The server has" in shown(page)
        page.radio(key="set_reader").set_value("llm")
        press(page, "Use it")
        assert (own.engine.settings.reader, own.engine.settings.llm_url) == ("llm", server.url)
        page.text_input(key="set_llm_url").set_value("ftp://x")
        press(page, "Use it")
        assert "is no address of a model server" in shown(page)
    monkeypatch.setenv("CITEWIRE_LLM_KEY", "secret-1")
    page = show("settings_page")
    assert page.text_input(key="set_llm_url").disabled
    assert "secret-1" not in shown(page)


def test_everything_is_exported_and_deleted_only_when_typed(own: Service) -> None:
    library = own.engine.library
    key = fill(library)[0]
    tag(library, key, "north")
    own.conversations.start("Who?")
    own.removed.append(Removed("x", "X", None, {}))
    page = show("settings_page")
    page.text_input(key="erase_typed").set_value("yes")
    press(page, "Delete everything")
    assert "Nothing was deleted." in shown(page)
    assert library.count_articles() == 3
    page.text_input(key="erase_typed").set_value("Delete everything")
    press(page, "Delete everything")
    assert "Everything was deleted." in shown(page)
    assert (library.count_articles(), own.conversations.recent(), own.removed) == (0, (), [])
    assert own.engine.index_sample() is None  # it does not come back by itself


def test_settings_are_kept_line_by_line_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "citewire.toml"
    keep({"threshold": 0.4, "model": 'a "b" \\ c'}, file)
    assert stored_values(file) == {"threshold": 0.4, "model": 'a "b" \\ c'}
    file.write_text('model = """\nthreshold = 1\n"""\n')
    with pytest.raises(SettingsError, match="by hand"):
        keep({"threshold": 0.4}, file)
    assert "threshold = 1" in file.read_text()
    with pytest.raises(SettingsError, match="no setting"):
        keep({"llm_key_": "x"}, file)
    file.write_text("threshold = 0.4\n")
    settings = load_settings(threshold=0.4)
    assert origin(settings, "threshold", file) == "citewire.toml"
    monkeypatch.setenv("CITEWIRE_THRESHOLD", "0.40")
    assert origin(settings, "threshold", file) == "environment, CITEWIRE_THRESHOLD"
    assert origin(settings.model_copy(update={"threshold": 0.6}), "threshold", file) == "chosen here"
    assert origin(settings, "candidates", file) == "default"


# ---- the tour, jobs


@pytest.mark.usefixtures("service")
def test_the_tour_is_shown_until_it_is_put_away_for_good() -> None:
    page = AppTest.from_file(str(SCRIPT), default_timeout=SECONDS).run()
    assert not page.exception
    assert "Step 1 of 3" in shown(page)
    page.button(key="tour_next").click().run()
    page.button(key="tour_next").click().run()
    assert "Step 3 of 3" in shown(page)
    page.button(key="tour_done").click().run()
    assert "cw-tour" not in shown(page)
    assert "cw-tour" not in shown(AppTest.from_file(str(SCRIPT), default_timeout=SECONDS).run())


def test_a_job_runs_once_stops_when_told_and_says_what_went_wrong() -> None:
    jobs = Jobs()

    def wait(job: Job) -> None:
        job.stopped.wait(SECONDS)
        job.note("on")

    first = jobs.start("a", 1, wait)
    assert jobs.start("a", 2, wait) is first
    jobs.dismiss("a")
    assert jobs.get("a") is first
    jobs.close()
    failing = jobs.start("b", 1, lambda _: keep({"nothing": 1}))
    for job in (first, failing):
        while job.live:
            job.stopped.wait(0.001)
    assert first.error == "Stopped."
    assert "is no setting" in (failing.error or "")
    jobs.dismiss("a")
    assert jobs.get("a") is None


def test_sizes() -> None:
    assert [size(n) for n in (0, 999, 1700, 123_456_789)] == ["0 B", "999 B", "1.7 kB", "123 MB"]
