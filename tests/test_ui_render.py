"""Rendering: everything verbatim, nothing as markup, and marks that are the quote."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.library import Library
from corpus.types import Article, BlockSpan, Span
from qa.export import answer_markdown, safe_url
from qa.types import Abstention, Answer, AnswerSentence, Citation, Note
from qa.ui import render
from qa.ui.dates import day_range, when
from qa.ui.intake import pasted
from qa.ui.marking import mark
from qa.ui.viewer import full_article, group
from tests.fakes import cite, fill

HOSTILE = 'cost $3.5bn and $2bn *more* <script>alert(1)</script> "[x](javascript:y)" :smile: -> & `c` _u_'


class Texts(HTMLParser):
    """The text and the tags of an HTML string."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.text, self.tags = "", set[str]()
        self.feed(source)
        self.close()

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_starttag(self, tag: str, _attributes: object) -> None:
        self.tags.add(tag)


def citation(**changes: object) -> Citation:
    base = Citation(
        1, "a1", 1, 0, 0, len(HOSTILE), HOSTILE, HOSTILE, HOSTILE, HOSTILE, None, "javascript:alert(1)", 0.9
    )
    return replace(base, **changes)  # type: ignore[arg-type]


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    library = Library.open(tmp_path, create=True)
    fill(library)
    yield library
    library.close()


def test_hostile_text_is_shown_verbatim_and_only_as_text() -> None:
    sentence = AnswerSentence(HOSTILE, (1,), 0.9, "supported")
    answer = Answer("q", "q", "extractive", 0.5, (sentence,), (citation(),), notes=(Note("kind", HOSTILE, (1,)),))
    abstention = Abstention("low_relevance", f"The articles don't answer that. {HOSTILE}", (citation(),))
    pieces = [
        render.question(HOSTILE), render.how_asked(HOSTILE, None), render.how_asked(None, HOSTILE), *render.sentences(answer, "t"), render.notes(answer, "t") or "",
        render.cards((citation(),), "t"), render.abstention(abstention, HOSTILE),
        render.withheld(Answer("q", "q", "llm", 0.5, (AnswerSentence(HOSTILE, (), 0, "withheld", HOSTILE),))) or "",
        render.results([("failed", HOSTILE, 1, HOSTILE)]),
        render.article(mark(Article("a", 1, "t", HOSTILE), {})),
    ]  # fmt: skip
    for piece in pieces:
        parsed = Texts(piece)
        assert HOSTILE in parsed.text
        assert "script" not in parsed.tags


def test_a_sentence_is_followed_by_its_own_chips() -> None:
    sentence = AnswerSentence("They left.", (2, 1, 9), 0.9, "supported")
    shown = render.answer_sentence(sentence, {1: citation(), 2: citation(number=2)}, "turn")
    assert re.findall(r'href="(#cite-turn-\d)"', shown) == ["#cite-turn-2", "#cite-turn-1"]  # 9 has no source
    assert Texts(shown).text == "They left.21"


def test_an_answer_says_whether_it_is_quoted() -> None:
    said = AnswerSentence("They left.", (1,), 0.9, "supported")
    answer = Answer("q", "q", "any", 0.7, (said,), (citation(quote="They left."),), timings_ms={"total": 1240.0})
    assert "Quoted word for word from 1 article · confidence 70% · 1.2 s" in render.summary_line(answer)
    assert "Written from 1 article" in render.summary_line(replace(answer, sentences=(replace(said, text="Gone."),)))


def test_a_course_of_events_has_its_dates() -> None:
    sentence = AnswerSentence("It ran aground.", (1,), 0.9, "supported", day="2021-03")
    shown = render.answer_sentence(sentence, {1: citation()}, "t")
    assert '<time class="cw-day" datetime="2021-03">Mar 2021</time>' in shown
    assert [when(day) for day in ("2021", "2021-03", "2021-03-09")] == ["2021", "Mar 2021", "9 Mar 2021"]
    answer = Answer("What happened?", "What happened?", "extractive", 0.5, (sentence,), (citation(quote="It."),))
    assert "\n\n**Mar 2021** It ran aground. [1]\n" in answer_markdown(answer)


def test_weak_and_withheld_sentences_are_told_apart() -> None:
    sentences = (
        AnswerSentence("Sure.", (1,), 0.9, "supported"),
        AnswerSentence("Doubtful.", (1,), 0.1, "weak"),
        AnswerSentence("Invented.", (), 0.0, "withheld", "It is not the sentence that it cites."),
    )
    answer = Answer("q", "q", "extractive", 0.5, sentences, (citation(),))
    shown = render.sentences(answer, "t")
    assert ["weak match" in one for one in shown] == [False, True]
    held = render.withheld(answer)
    assert held is not None
    assert held.startswith('<details class="cw-held"><summary>1 sentence withheld</summary>')
    assert Texts(held).text == "1 sentence withheldNot supported Invented.It is not the sentence that it cites."
    assert "cw-chip" not in held
    assert "Invented" not in "".join(shown) + answer_markdown(answer)
    assert render.withheld(replace(answer, sentences=sentences[:2])) is None


def test_accounts_that_differ_stand_side_by_side(library: Library) -> None:
    one, two = (s for summary in library.summaries()[:2] for s in library.sentences(summary.id)[:1])
    citations = (cite(library, 1, one), replace(cite(library, 2, two), speaker="Ann <b>Bell</b>"))
    answer = Answer("?", "?", "extractive", 0.9, citations=citations, notes=(
        Note("conflict", "Two counts: 5 & 6.", (1, 2)), Note("opinion", "From a comment.", (2,)), Note("conflict", "Alone.", (7,)),
    ))  # fmt: skip
    html = render.notes(answer, "t")
    assert html.startswith(
        '<div class="cw-note cw-note-conflict"><b>Accounts differ</b> Two counts: 5 &amp; 6.<ul><li>'
    )
    for citation in citations:
        assert f'href="#cite-t-{citation.number}"' in html
        assert citation.quote in Texts(html).text
    assert "words of Ann &lt;b&gt;Bell&lt;/b&gt;" in html
    assert '<p class="cw-note cw-note-opinion"><b>Opinion</b>' in html
    assert Texts(html).text.endswith("Accounts differ Alone.")


def test_dates_and_readers_in_words() -> None:
    for since, until, words in (
        ("2023-12-01", "2023-12-14", "1–14 Dec 2023"), ("2023-11-30", "2023-12-14", "30 Nov – 14 Dec 2023"),
        ("2023-12-01", "2024-01-02", "1 Dec 2023 – 2 Jan 2024"), ("2023-12-01", "2023-12-01", "1 Dec 2023"),
        ("2023-12-01", None, "since 1 Dec 2023"), (None, "2023-12-01", "until 1 Dec 2023"), (None, None, ""),
    ):  # fmt: skip
        assert day_range(since, until) == words
    assert [render.reader(name) for name in ("extractive", "llm", "llm:a_b")] == [
        "quotes alone", "language model", r"model a\_b",
    ]  # fmt: skip


def test_only_web_addresses_become_links() -> None:
    assert safe_url("https://a.example/x?y=1") == "https://a.example/x?y=1"
    for bad in (None, "", "javascript:alert(1)", "data:text/html,x", 'https://a.example/" onclick="x', "//a.example"):
        assert safe_url(bad) is None


def test_a_label_escapes_markdown_and_leaves_typography() -> None:
    assert render.plain_label("What is “$5”?\n_Now_") == r"What is “\$5”\? \_Now\_"


@given(
    st.text(min_size=1, max_size=60),
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=4),
    st.integers(0, 60),
)
def test_marking_loses_nothing_and_marks_exactly(text: str, given_spans: list[tuple[int, int]], cut: int) -> None:
    cut = min(cut, len(text))
    blocks = (BlockSpan("paragraph", Span(0, cut)), BlockSpan("quote", Span(cut, len(text))))
    spans = {n: Span(min(a, b, len(text)), min(max(a, b), len(text))) for n, (a, b) in enumerate(given_spans)}
    marked = mark(Article("a", 1, "", text, blocks=blocks), spans)
    assert ["".join(piece.text for piece in block.pieces) for block in marked] == [text[:cut], text[cut:]]
    for number, span in spans.items():
        covered = "".join(piece.text for block in marked for piece in block.pieces if number in piece.numbers)
        assert covered == span.of(text)


def test_the_viewer_marks_the_quote_of_every_citable_sentence(library: Library) -> None:
    for summary in library.summaries():
        cited = [cite(library, n, s) for n, s in enumerate(library.sentences(summary.id), 1)]
        shown = group(library, cited, "md")
        (article,) = shown["articles"].values()
        for citation_ in cited:
            pieces = [piece for _, row in article["blocks"] for piece in row]
            assert "".join(text for text, numbers in pieces if citation_.number in numbers) == citation_.quote
        assert [source["number"] for source in shown["sources"]] == [c.number for c in cited]


def test_the_viewer_keeps_the_quote_of_a_deleted_article(library: Library) -> None:
    sentence = library.sentences(library.summaries()[0].id)[0]
    cited = cite(library, 1, sentence)
    library.remove(cited.article_id)
    shown = group(library, [cited])
    (article,) = shown["articles"].values()
    assert article["blocks"] == [["paragraph", [[cited.quote, [1]]]]]
    assert "deleted" in article["remark"]
    assert shown["sources"][0]["open"] == ""


def test_the_address_of_the_full_article_names_the_cited_span() -> None:
    assert (
        full_article(citation(article_id="a/ b&c", version=3, start=5, end=9))
        == "articles?article=a%2F+b%26c&v=3&s=5-9"
    )


def test_the_markdown_copy_numbers_its_sources() -> None:
    answer = Answer(
        "Who?", "Who?", "extractive", 0.9, (AnswerSentence("They left.", (1,), 0.9, "supported"),),
        (citation(quote="They left.", title="Exit", publisher="Post", url="https://a.example"),),
    )  # fmt: skip
    assert answer_markdown(answer) == (
        '**Who?**\n\nThey left. [1]\n\n1. “They left.” (Post, "Exit") <https://a.example>'
    )


def test_a_pasted_text_with_a_title_becomes_a_row() -> None:
    assert pasted("Body.", "", "").name == "Pasted text.txt"
    assert pasted("Body.", "", "").data == b"Body."
    assert (
        pasted("\nFirst.\nMore.", "", "Post").data
        == b'{"title": "First.", "text": "\\nFirst.\\nMore.", "publisher": "Post"}'
    )
