"""What comes from an article, a file name, an address or somebody else's library is data: nothing obeys it.

What a browser does with it is `tests/browser/test_hostile_articles.py`; what a language model does, `test_injection.py`; where
addresses may lead, `test_fetch.py`. `docs/security.md` names the test of each threat.
"""

from __future__ import annotations

import ast
import json
import os
import re
import sqlite3
import tomllib
from contextlib import closing
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from markdown_it import MarkdownIt
from typer.testing import CliRunner

from corpus.adding import Adder
from corpus.conversations import Conversation, StoredTurn
from corpus.database import Database
from corpus.errors import CorpusError, LibraryError, NotALibrary
from corpus.library import FILE_NAME, Library
from corpus.sources import sources
from corpus.vectors import put_vectors
from embeddings.faiss_store import FaissStore
from qa.cli import app
from qa.errors import QAError
from qa.export import to_html, to_markdown
from qa.serialize import answer_to_json
from qa.types import Answer, AnswerSentence, Citation
from tests.fakes import WORDS_CHUNKER, fill
from tests.test_export import MOMENT

ROOT = Path(__file__).parent.parent
EVIL = (
    "Harbor \x1b]0;owned\x07\x1b[31mred\x1b[0m \x9b2J \u202egnp.exe\u202c [bold]not[/] :warning: "
    "<script>alert(1)</script> **not** \\input{x} $x$ =HYPERLINK(1)"
)
NAMES = (
    b"caf\xe9.txt", "rtl\u202egnp.txt".encode(), b"line\nremoved everything.txt", b"esc\x1b[31m.pdf", b"--help.txt",
    b"<img src=x onerror=alert(1)>.txt", b"[red]markup.txt",
)  # fmt: skip
OBEYED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
TEXT = "The harbor of Lindholm opens again in May, the port authority said. It gave no reason for the delay."


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library whose every string was written by an attacker, and the files it was made from."""
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "in").mkdir()
    for number, name in enumerate(NAMES):
        file = os.path.join(os.fsencode(folder / "in"), name)
        with open(file, "wb") as stream:
            stream.write(f"{EVIL} {number}\n\n{TEXT} Number {number}.\n".encode())
    row = {"id": "id\x1b[31m\nremoved", "title": EVIL, "text": f"{TEXT}\n\n{EVIL}", "publisher": EVIL, "author": EVIL,
           "url": f"javascript:{EVIL}"}  # fmt: skip
    (folder / "in" / "rows.jsonl").write_text(
        "\n".join(json.dumps(row | extra) for extra in ({}, {"text": f"{TEXT} Later.\n\n{EVIL}"}, {"id": "\ud800"}))
    )
    library = Library.open(folder / "lib", create=True)
    list(Adder(library, WORDS_CHUNKER).add(sources([folder / "in"])))
    library.close()
    return folder


COMMANDS = {
    "list": ("list",), "show": ("show", "id\x1b[31m\nremoved"), "diff": ("show", "id\x1b[31m\nremoved", "--diff"),
    "missing": ("show", "x\x1b[31m\nnone"), "remove": ("remove", "x\x1b[31m\nnone"), "stats": ("stats",),
    "feeds": ("feeds", "add", "https://h.example/\x1b[31m\u202e"), "listed": ("feeds", "list"),
    "no feed": ("feeds", "remove", "x\x1b[31m"), "no option": ("list", "--\x1b[31m\x9b2J"),
    "no command": ("\x1b[31m\x9b2J",), "too much": ("show", "a", "\x1b[31m\x9b2J"), "no day": ("ask", "Who?", "--since", "\x1b[31m"),
    "batch": ("ask", "--batch", "no\x1b[31m"), "columns": ("add", "x", "--columns", "\x1b[31m=\x9b2J"),
}  # fmt: skip


@pytest.mark.parametrize("name", COMMANDS)
def test_no_text_drives_the_terminal(hostile: Path, name: str) -> None:
    command = COMMANDS[name]
    for form in ((), ("--json",)):
        library = () if name == "no command" else ("--library", str(hostile / "lib"))
        done = CliRunner().invoke(app, [*command, *library, *form])
        shown = done.output if done.exception is None or isinstance(done.exception, SystemExit) else str(done.exception)
        assert isinstance(done.exception, SystemExit | CorpusError | QAError | None), done.exception
        assert not OBEYED.search(done.output), ascii(done.output)
        assert name not in ("list", "show") or (":warning:" in shown and "[bold]not[/]" in shown)


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_adding_hostile_files_names_each_on_one_line(hostile: Path, tmp_path: Path, form: tuple[str, ...]) -> None:
    done = CliRunner().invoke(app, ["add", str(hostile / "in"), "--library", str(tmp_path / "lib"), *form])
    assert done.exit_code == 1
    assert not OBEYED.search(done.output), ascii(done.output)
    assert "removed everything" not in {line.strip() for line in done.output.splitlines()}
    if form:
        report = json.loads(done.stdout)
        assert report["totals"]["added"] + report["totals"]["duplicate"] >= len(NAMES)


def test_answers_searches_and_chats_do_not_drive_the_terminal(hostile: Path) -> None:
    library = ("--library", str(hostile / "lib"))
    CliRunner().invoke(app, ["add", "missing", *library])  # embeds
    question = "When does the harbor of Lindholm open again?"
    lines = f"{question}\n/sources\n/open 1\n/withheld\n/\x1b[31m\n"
    for command, typed in ((("ask", question), ""), (("search", "harbor"), ""), (("chat",), lines)):
        done = CliRunner().invoke(app, [*command, *library], input=typed)
        assert done.exit_code == 0, done.output
        assert "The harbor of Lindholm opens again in May" in done.output
        assert not OBEYED.search(done.output), ascii(done.output)


def test_facts_of_an_article_are_stored_without_controls(hostile: Path) -> None:
    library = Library.open(hostile / "lib")
    rows = library.summaries(limit=-1)
    assert len(rows) >= len(NAMES) - 1
    for row in rows:
        article = library.article(row.id)
        for fact in (article.title, article.publisher, article.author, article.url, article.source_file):
            assert not OBEYED.search(fact or ""), ascii(fact)
        assert not OBEYED.search(article.text)
    library.close()


# ---- pages and files


class Tags(HTMLParser):
    """The tags of a page, with their attributes."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "data:text/html,x", "https://a.example/\"onmouseover='x'", "https://a.example/x?y=1&z"],
)
def test_exports_link_to_web_addresses_only_and_run_nothing(url: str) -> None:
    citation = Citation(1, "a", 1, 0, 0, len(EVIL), EVIL, EVIL, EVIL, EVIL, MOMENT, url, 0.9)
    answer = Answer(EVIL, EVIL, "extractive", 0.9, (AnswerSentence(EVIL, (1,), 0.9, "supported"),), (citation,))
    turn = StoredTurn("t", "c", 0, EVIL, "done", answer_to_json(answer), None, None, MOMENT)
    conversation = Conversation("c", EVIL, MOMENT, MOMENT)
    for page in (to_html(conversation, [turn]), MarkdownIt().render(to_markdown(conversation, [turn]))):
        tags = Tags(page).tags
        assert not {"script", "img", "iframe", "strong"} & {tag for tag, _ in tags}
        assert not any(name.startswith("on") for _, attributes in tags for name in attributes)
        links = [
            attributes for tag, attributes in tags if tag == "a" and not (attributes["href"] or "").startswith("#")
        ]
        assert all((link["href"] or "").startswith("https://") for link in links)
        assert bool(links) == (url == "https://a.example/x?y=1&z")
    assert all("noopener" in (a["rel"] or "") for tag, a in Tags(to_html(conversation, [turn])).tags if "rel" in a)


def test_links_that_open_a_window_give_it_no_way_back() -> None:
    for file in (*(ROOT / "qa").rglob("*.py"), *(ROOT / "qa").rglob("*.html"), *(ROOT / "qa").rglob("*.js")):
        for link in re.findall(r'<a\b[^>]*target="_blank"[^>]*>', file.read_text()):
            assert "noopener" in link, (file, link)


# ---- code


FORBIDDEN = {
    "pickle",
    "cPickle",
    "_pickle",
    "marshal",
    "shelve",
    "dill",
    "cloudpickle",
    "joblib",
    "telnetlib",
    "xmlrpc",
}
CALLS = {("torch", "load"), ("np", "load"), ("numpy", "load"), ("yaml", "load"), ("os", "system"), ("os", "popen")}


def test_nothing_unpickles_evaluates_or_runs_a_shell() -> None:
    files = [ROOT / "app.py", *(f for name in ("corpus", "embeddings", "qa") for f in (ROOT / name).rglob("*.py"))]
    assert len(files) > 100
    for file in files:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                assert not {alias.name.split(".")[0] for alias in node.names} & FORBIDDEN, file
            elif isinstance(node, ast.ImportFrom):
                assert (node.module or "").split(".")[0] not in FORBIDDEN, file
            elif isinstance(node, ast.Call):
                name = node.func
                if isinstance(name, ast.Attribute) and isinstance(name.value, ast.Name):
                    assert (name.value.id, name.attr) not in CALLS, (file, node.lineno)
                if isinstance(name, ast.Name):
                    assert name.id not in ("eval", "exec", "compile", "__import__"), (file, node.lineno)
                given = {keyword.arg: keyword.value for keyword in node.keywords}
                for option in ("allow_pickle", "shell", "trust_remote_code"):
                    assert option not in given or ast.literal_eval(given[option]) is False, (file, node.lineno)


def test_only_weights_that_cannot_run_are_loaded(tmp_path: Path) -> None:
    """A folder with PyTorch's own format, which is a pickle, is refused before anything is read from it."""
    from embeddings.errors import ModelNotFound
    from embeddings.sentence_transformer import SentenceTransformerEmbedder, _locate

    for file in _locate("all-MiniLM-L6-v2").iterdir():
        if file.is_file() and file.suffix != ".safetensors":
            (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "pytorch_model.bin").write_bytes(b"cos\nsystem\n(S'touch owned'\ntR.")
    with pytest.raises(ModelNotFound, match="safetensors"):
        SentenceTransformerEmbedder(str(tmp_path))


def test_every_dependency_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    named = [*project["dependencies"], *(one for extra in project["optional-dependencies"].values() for one in extra)]
    wanted = {re.split(r"[^\w.-]", name)[0].lower().replace("_", "-") for name in named} - {"citewire"}
    pins = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[\w.-]+==[\w.+!-]+( *[;#].*)?", pin) for pin in pins)
    assert wanted <= {pin.split("==")[0].lower().replace("_", "-") for pin in pins}


# ---- libraries from elsewhere


@pytest.fixture
def made(tmp_path: Path) -> tuple[Path, list[str]]:
    """A library with articles, vectors and an index, closed again."""
    library = Library.open(tmp_path / "lib", create=True)
    ids = fill(library)
    vectors = np.eye(8, dtype="<f4")
    put_vectors(library, "m", [(i, vectors[i % 8].tobytes(), None) for i in library.passage_ids()])
    FaissStore(library, "m").save()
    library.close()
    return tmp_path / "lib", ids


@pytest.mark.parametrize("change", [
    "CREATE TRIGGER steal AFTER INSERT ON articles BEGIN UPDATE versions SET text = 'forged'; END",
    "CREATE VIEW spy AS SELECT load_extension('x')",
    "DROP VIEW passage_texts; CREATE VIEW passage_texts AS SELECT 1 AS id, 'forged' AS title, 'forged' AS text",
    "DROP TABLE tags; CREATE VIEW tags AS SELECT 'x' AS article_id, 'y' AS tag",
    "DROP TABLE conversations",
])  # fmt: skip
def test_a_library_with_a_schema_of_somebody_elses_is_refused(made: tuple[Path, list[str]], change: str) -> None:
    with closing(sqlite3.connect(made[0] / FILE_NAME)) as db:
        db.executescript(change)
    with pytest.raises(NotALibrary, match="tampered"):
        Library.open(made[0])


def test_a_trigger_does_not_run_while_an_old_library_is_brought_up_to_date(tmp_path: Path) -> None:
    from corpus.schema import APPLICATION_ID, MIGRATIONS

    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as db:
        db.executescript(
            f"{MIGRATIONS[0]}; PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = 1;"
            "CREATE TRIGGER t AFTER UPDATE ON meta BEGIN DELETE FROM articles; END"
        )
    with pytest.raises(NotALibrary, match="'t'"):
        Library.open(tmp_path)
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (1,)


def test_sqlite_trusts_no_schema_and_loads_no_extension(tmp_path: Path) -> None:
    database = Database(tmp_path / FILE_NAME)
    with database.read() as db:
        assert db.execute("PRAGMA trusted_schema").fetchone()[0] == 0
        assert db.execute("PRAGMA cell_size_check").fetchone()[0] == 1
        with pytest.raises(LibraryError, match=r"not authorized|no such function"), database.read() as other:
            other.execute("SELECT load_extension('x')").fetchone()
    database.close()


@pytest.mark.parametrize("change", [
    "UPDATE versions SET blocks = '{'", "UPDATE versions SET added = 7.5", "UPDATE versions SET published = 'soon'",
    "UPDATE versions SET agencies = '3'", "UPDATE versions SET text = CAST(x'ff' AS TEXT)",
    "UPDATE versions SET blocks = '[[1]]'", "DELETE FROM meta",
])  # fmt: skip
def test_rows_that_we_did_not_write_are_an_error_with_a_message(made: tuple[Path, list[str]], change: str) -> None:
    folder, ids = made
    with closing(sqlite3.connect(folder / FILE_NAME)) as db:
        db.execute(change)
        db.commit()
    with pytest.raises(CorpusError, match=r"damaged|failed"):
        _use(folder, ids)


def _use(folder: Path, ids: list[str]) -> None:
    library = Library.open(folder)
    try:
        library.summaries()
        for article_id in ids:
            library.sentences(article_id)
        FaissStore(library, "m").search(np.ones(8, dtype=np.float32), 3)
    finally:
        library.close()


# ---- the documents' own promises


def test_every_test_that_the_documents_name_exists() -> None:
    known = {
        f"{file.relative_to(ROOT)}::{node.name}"
        for file in (ROOT / "tests").rglob("test_*.py")
        for node in ast.parse(file.read_text()).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    for name in ("security.md", "promises.md"):
        text = (ROOT / "docs" / name).read_text()
        named = set(re.findall(r"`(tests/[\w/]+\.py::\w+)`", text))
        assert len(named) > 10
        assert named <= known, sorted(named - known)
        rows = [
            line
            for line in text.splitlines()
            if line.startswith("| ") and not re.search(r"\| (---|defense|tried by)", line)
        ]
        assert [row for row in rows if "`tests/" not in row] == []
