"""The pages and their addresses, so that any page can lead to any other. A page's module is loaded when it is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from streamlit.navigation.page import StreamlitPage


def _ask() -> None:
    from qa.ui import chat

    chat.page()


def _articles() -> None:
    from qa.ui import articles

    articles.page()


def _insight() -> None:
    from qa.ui import insight

    insight.page()


def _evaluation() -> None:
    from qa.ui import evaluation

    evaluation.page()


def _settings() -> None:
    from qa.ui import settings_page

    settings_page.page()


def ask() -> StreamlitPage:
    """Questions and answers."""
    return st.Page(_ask, title="Ask", icon=":material/forum:", default=True)


def articles() -> StreamlitPage:
    """The list of articles and the reader."""
    return st.Page(_articles, title="Articles", icon=":material/article:", url_path="articles")


def insight() -> StreamlitPage:
    """What the library covers."""
    return st.Page(_insight, title="Insight", icon=":material/insights:", url_path="insight")


def evaluation() -> StreamlitPage:
    """How good the answers are."""
    return st.Page(_evaluation, title="Evaluation", icon=":material/fact_check:", url_path="evaluation")


def settings() -> StreamlitPage:
    """Settings, the model, and the data as a whole."""
    return st.Page(_settings, title="Settings", icon=":material/settings:", url_path="settings")


def every() -> list[StreamlitPage]:
    """All pages, in the order of the navigation."""
    return [ask(), articles(), insight(), evaluation(), settings()]


def open_article(article_id: str) -> None:
    """Leave for an article's text."""
    st.switch_page(articles(), query_params={"article": article_id})
