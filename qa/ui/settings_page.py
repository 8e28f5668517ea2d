"""Settings in force and where each comes from; the model of the index; the data as a whole, written out or erased.

A choice holds for the running app at once. "Keep" writes it to `citewire.toml`, for the next start and the commands.
Keys are never shown, asked for or stored: they come from the environment or from Streamlit's secrets.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import streamlit as st

from corpus.errors import CorpusError
from corpus.meta import claim
from corpus.whole import erase, export_articles
from embeddings.model import ModelSpec, recorded
from qa.add_report import Progress
from qa.chat_model import ChatModel, Timeouts, checked_url
from qa.engine import SAMPLE_KEY
from qa.errors import QAError
from qa.settings import CONFIG_FILE, KEY, OPENAI_KEY, Settings
from qa.settings_file import Value, in_environment, keep, origin, stored_values
from qa.ui import appearance, noted, state, working
from qa.ui.insight import size
from qa.ui.jobs import Job, Stopped
from qa.ui.render import escape
from qa.ui.state import Service

if TYPE_CHECKING:
    from qa.engine import Citewire

CHANGEABLE = (
    "threshold",
    "max_sentences",
    "candidates",
    "rescored",
)  # by the form; all but the first are whole numbers
TYPED = "delete everything"
_JOB, _ASKING = "reindex", "model"
_READERS = {"extractive": "the articles' own sentences", "llm": "written by a language model, every sentence checked"}


def page() -> None:
    """Draw the page."""
    service = state.service()
    engine = cast("Citewire", service.engine)
    st.html('<h1 class="cw-h1">Settings</h1>')
    answers, reader, looks, index, data, every = st.tabs(
        ["Answers", "Model", "Appearance", "Index", "Data", "All settings"]
    )
    with answers:
        _answers(engine)
    with reader:
        _reader(service, engine)
    with looks:
        appearance.choose()
    with index:
        _index(service, engine)
    with data:
        _data(service, engine)
    with every:
        _every(engine.settings)


# ---- answers


def _answers(engine: Citewire) -> None:
    settings = engine.settings
    with st.form("answers", border=False):
        threshold = st.slider(
            "Least confidence for an answer", 0.0, 1.0, settings.threshold, 0.01, key="set_threshold",
            help="Below it Citewire says that the articles don't answer the question. Higher: fewer, safer answers.",
        )  # fmt: skip
        longest = st.number_input("Most sentences in an answer", 1, 10, settings.max_sentences, key="set_max_sentences")
        with st.expander("Search", icon=":material/manage_search:"):
            candidates = st.number_input(
                "Passages found by words, and as many by meaning", 1, 1000, settings.candidates, key="set_candidates"
            )
            rescored = st.number_input("Passages read closely", 1, 200, settings.rescored, key="set_rescored")
            st.html('<p class="cw-meta">More find rare answers in large libraries, and take longer.</p>')
        with st.container(horizontal=True, gap="small"):
            applied = st.form_submit_button("Apply", type="primary")
            kept = st.form_submit_button("Apply and keep", icon=":material/save:")
    if applied or kept:
        values: dict[str, Value] = dict(zip(CHANGEABLE, (threshold, longest, candidates, rescored), strict=True))
        _apply(engine, values, last=kept)
    st.html(
        f'<p class="cw-meta">“Apply” holds until the app ends; “keep” also writes <code>{CONFIG_FILE}</code> in the folder '
        "where the app was started. Keys of model servers come from the environment or Streamlit's secrets only.</p>"
    )


def _apply(engine: Citewire, values: dict[str, Value], *, last: bool) -> None:
    before = engine.settings
    changed = {name: value for name, value in values.items() if value != getattr(before, name)}
    try:
        if "llm_url" in changed:
            checked_url(str(changed["llm_url"]))
        engine.configure(before.model_copy(update=changed))  # the widgets keep to the other limits
        if last:
            stored = {name: field.default for name, field in Settings.model_fields.items()} | stored_values()
            keep({name: value for name, value in values.items() if value != stored[name]})
            if fixed := [found for name in values if (found := in_environment(name))]:
                st.toast(f"Kept, but {', '.join(fixed)} in the environment wins at the next start.")
                return
    except (QAError, CorpusError) as error:
        st.html(f'<p class="cw-alert" role="alert">{escape(error)}</p>')
        return
    st.toast("Kept." if last else "Applied." if changed else "Nothing changed.")


# ---- the language model


def _reader(service: Service, engine: Citewire) -> None:
    """Who writes answers. With a key in the environment the address is fixed: a key goes nowhere but where it belongs."""
    settings, job = engine.settings, service.jobs.get(_ASKING)
    known: list[str] = job.result.models if job and job.result else []
    fixed = any(os.environ.get(name) for name in (KEY, OPENAI_KEY))
    with st.form("reader", border=False):
        reader = st.radio("Answers are", list(_READERS), index=list(_READERS).index(settings.reader), key="set_reader",
                          format_func=_READERS.__getitem__)  # fmt: skip
        url = st.text_input(
            "Address of an OpenAI-compatible server", settings.llm_url, key="set_llm_url", disabled=fixed
        )
        options = list(dict.fromkeys([settings.llm_model, *known]))
        model = st.selectbox(
            "Its model", options, index=0, key="set_llm_model", accept_new_options=True,
            format_func=lambda name: name or "The first that the server lists",
        )  # fmt: skip
        with st.container(horizontal=True, gap="small"):
            applied = st.form_submit_button("Use it", type="primary")
            kept = st.form_submit_button("Use it and keep", icon=":material/save:")
            listed = st.form_submit_button("List its models", icon=":material/list:")
            tested = st.form_submit_button("Test the model", icon=":material/network_check:")
    if applied or kept:
        _apply(engine, {"reader": reader, "llm_url": url, "llm_model": model or ""}, last=kept)
    if tested or listed:
        _try(service, settings, url, model or "", talk=tested)
        st.rerun()
    if job and job.live:
        working.progress(job, stop="Stop testing")
    elif job and job.error:
        working.failed(job)
    elif job:
        found = job.result
        if found.reply:
            took = f'<span class="cw-meta">({found.seconds:.1f} s)</span>'
            st.html(f'<p role="status">It answers: {escape(found.reply)} {took}</p>')
        st.html(f'<p role="status">The server has {escape(", ".join(found.models) or "no models")}.</p>')
    key = "A key is set; the address belongs to it and is changed where the key is." if fixed else "No key is set."
    st.html(f'<p class="cw-meta">{key} Keys come from the environment or Streamlit\'s secrets only.</p>')


@dataclass(frozen=True, slots=True)
class Reply:
    """The models of a server; and what one said to a test, and how long it took, if it was to talk."""

    models: list[str]
    reply: str
    seconds: float


def _try(service: Service, settings: Settings, url: str, name: str, *, talk: bool) -> None:
    def work(job: Job) -> Reply:
        job.note("Asking the server")
        model = ChatModel(url, name, settings.llm_key, Timeouts.within(settings.llm_timeout), retries=0)
        models = model.models()
        if not talk:
            return Reply(models, "", 0.0)
        job.note("Waiting for the model")
        start = time.monotonic()
        reply = model.complete([{"role": "user", "content": "Say OK."}], max_tokens=20, cancelled=job.stopped)
        job.note("Done")
        return Reply(models, reply.strip()[:200], time.monotonic() - start)

    service.jobs.dismiss(_ASKING)
    service.jobs.start(_ASKING, (url, name), work)


# ---- the index


def _index(service: Service, engine: Citewire) -> None:
    known = recorded(engine.library)
    spec = known[0] if known else ModelSpec(engine.settings.model)
    passages = engine.library.count_passages()
    st.html(
        f'<dl class="cw-facts"><div><dt>Embedding model</dt><dd>{escape(spec.name)}</dd></div>'
        f"<div><dt>Passages</dt><dd>{passages:,}</dd></div></dl>"
    )
    job = service.jobs.get(_JOB)
    if job and job.live:
        working.progress(job, stop="Stop indexing")
        st.html('<p class="cw-meta">Questions are answered with the old index until the new one is complete.</p>')
        return
    if job and job.error:
        working.failed(job)
    elif job:
        st.html(f'<p role="status">Indexed anew with {escape(job.result)}.</p>')
    with st.form("reindex", border=False):
        name = st.text_input("Model", spec.name, key="model_name",
                             help="The packaged one, a folder, or a name in this machine's model cache")  # fmt: skip
        with st.expander("Prefixes", icon=":material/short_text:"):
            query = st.text_input("Before a question", spec.query_prefix, key="model_query_prefix")
            passage = st.text_input("Before a passage", spec.passage_prefix, key="model_passage_prefix")
        if st.form_submit_button("Index anew", icon=":material/sync:") and name.strip():
            _reindex(service, engine, ModelSpec(name.strip(), query, passage))
            st.rerun()
    st.html(
        '<p class="cw-meta">The library belongs to its model. Indexing anew reads every article again, goes on where it '
        "was stopped, and changes nothing until it is complete.</p>"
    )


def _reindex(service: Service, engine: Citewire, spec: ModelSpec) -> None:
    person = noted.who()

    def work(job: Job) -> str:
        def note(progress: Progress) -> None:
            job.note("Indexing the articles", progress.done, progress.total or 0)

        job.note("Loading the model")
        if not engine.reindex(spec, on_progress=note, cancelled=job.stopped):
            raise Stopped
        noted.note(service, person, "reindex", [], model=engine.embedder.fingerprint)
        return spec.name

    service.jobs.dismiss(_JOB)
    service.jobs.start(_JOB, spec, work)


# ---- the data


_BACKUP_FOLDER = "Everything is in this folder. Copy it to make a backup while nothing is being added."
_BACKUP_SERVER = "Everything is on this server. Make a backup with the server's own tools, such as pg_dump."


def _data(service: Service, engine: Citewire) -> None:
    library, person = engine.library, noted.who()
    stats = library.stats()

    def exported(what: str, text: str) -> str:
        noted.note(service, person, "export", [], what=[what])
        return text

    st.html(
        f'<dl class="cw-facts"><div><dt>{"Server" if library.on_server else "Folder"}</dt>'
        f"<dd><code>{escape(library.location)}</code></dd></div>"
        f"<div><dt>On disk</dt><dd>{size(stats.disk_bytes)}</dd></div></dl>"
        f'<p class="cw-meta">{_BACKUP_SERVER if library.on_server else _BACKUP_FOLDER}</p>'
        '<h2 class="cw-h2">Export</h2>'
    )
    with st.container(horizontal=True, gap="small"):
        st.download_button(
            "Articles (JSONL)", lambda: exported("articles", "".join(export_articles(library))), file_name="articles.jsonl",
            mime="application/jsonl", icon=":material/download:", on_click="ignore", key="export_articles",
            disabled=not stats.articles,
        )  # fmt: skip
        st.download_button(
            "Conversations (JSON)", lambda: exported("conversations", conversations(service)), file_name="conversations.json",
            mime="application/json", icon=":material/download:", on_click="ignore", key="export_conversations",
        )  # fmt: skip
    st.html(
        '<p class="cw-meta">Add the articles to any library again: on the Articles page, or with '
        "<code>citewire add articles.jsonl</code>.</p>"
        '<h2 class="cw-h2">Delete everything</h2>'
        "<p>Deletes every article, conversation, tag and subscription of this library for good. There is no way back; "
        "export first what you want to keep.</p>"
    )
    busy = bool((service.adding.job and service.adding.job.live) or ((job := service.jobs.get(_JOB)) and job.live))
    with st.form("erase", border=False):
        typed = st.text_input(f"Type “{TYPED}” to confirm", key="erase_typed", disabled=busy)
        if st.form_submit_button("Delete everything", icon=":material/delete_forever:", disabled=busy):
            _erase(service, engine, typed)
    if busy:
        st.html('<p class="cw-meta">Wait until the articles at work are done, or stop it.</p>')


def _erase(service: Service, engine: Citewire, typed: str) -> None:
    if " ".join(typed.lower().split()) != TYPED:
        st.html(f'<p class="cw-alert" role="alert">Nothing was deleted. Type “{TYPED}” into the field first.</p>')
        return
    claim(engine.library, {SAMPLE_KEY: "1"})  # else the sample would come back at the next start
    erase(engine.library)
    engine.store.save()
    noted.note(service, noted.who(), "erase", [])
    service.removed.clear()
    st.cache_data.clear()
    st.session_state["conversation"] = None
    st.html('<p role="status">Everything was deleted.</p>')


def conversations(service: Service) -> str:
    """Every conversation with its turns, as one JSON document."""
    every = []
    for one in service.conversations.recent(-1):
        turns = [
            {"question": turn.question, "status": turn.status, "asked_at": turn.asked_at.isoformat(),
             "rating": turn.rating, "comment": turn.comment, "answer": turn.answer}
            for turn in service.conversations.turns(one.id)
        ]  # fmt: skip
        every.append({"id": one.id, "title": one.title, "created": one.created.isoformat(),
                      "updated": one.updated.isoformat(), "turns": turns})  # fmt: skip
    return json.dumps({"conversations": every}, ensure_ascii=False, indent=2)


# ---- everything


def _every(settings: Settings) -> None:
    items = []
    for name, field in Settings.model_fields.items():
        value = getattr(settings, name)
        items.append(
            f"<div><dt>{escape(name)}</dt><dd>{escape(value) if value != '' else 'empty'}"
            f"<small>{escape(origin(settings, name))}</small><small>{escape(field.description or '')}</small></dd></div>"
        )
    st.html(f'<dl class="cw-settings">{"".join(items)}</dl>')
    st.html(
        f'<p class="cw-meta">The environment (<code>CITEWIRE_…</code>) wins over <code>{CONFIG_FILE}</code>. '
        "Both are read when the app starts.</p>"
    )
