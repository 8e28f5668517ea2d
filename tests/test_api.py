"""The Python API: its surface, how quickly it is imported, and the examples of its documentation, run as they stand."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import qa
from qa import AddReport, Answer, Citewire, CitewireError, Filters, Settings
from tests.test_cli import ROOT

NAMES = {"AddReport", "Answer", "Citation", "Citewire", "CitewireError", "Filters", "SentenceHit", "Settings"}
METHODS = {
    "open", "add", "add_records", "article", "remove", "ask", "stream", "search", "timeline", "close",
}  # fmt: skip
PAGE = (ROOT / "docs" / "python.md").read_text()


def test_the_surface_is_all_and_nothing_more() -> None:
    assert set(qa.__all__) == set(dir(qa)) == NAMES
    assert all(getattr(qa, name).__doc__ for name in NAMES)
    with pytest.raises(AttributeError):
        qa.Engine  # noqa: B018
    public = {name for name in vars(Citewire) if not name.startswith("_")}
    assert public == METHODS
    assert all(getattr(Citewire, name).__doc__ for name in METHODS)
    assert all(f"`{name}`" in PAGE for name in NAMES | METHODS)


def test_every_error_has_one_root() -> None:
    from corpus.errors import CorpusError
    from embeddings.errors import EmbeddingError
    from qa.errors import QAError

    assert all(issubclass(kind, CitewireError) for kind in (CorpusError, EmbeddingError, QAError))


def test_importing_loads_nothing_heavy() -> None:
    code = (
        "import qa; import sys; before = set(sys.modules)\n"
        "print(*sorted(before & {'torch', 'streamlit', 'faiss', 'pydantic', 'numpy'}))\n"
        "from qa import Citewire\n"
        "print(*sorted(set(sys.modules) & {'torch', 'sentence_transformers', 'streamlit', 'fastapi'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False, timeout=240
    )
    assert done.stdout.split("\n")[:2] == ["", ""], done.stderr


@pytest.mark.parametrize("example", re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL), ids=["first", "more"])
def test_the_examples_run_as_they_stand(
    example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "articles").symlink_to(ROOT / "corpus" / "sample" / "suez")
    monkeypatch.chdir(tmp_path)
    exec(compile(example, "docs/python.md", "exec"), {})  # noqa: S102 - our own documentation
    assert re.search(r"six days|True True", capsys.readouterr().out)


def test_settings_and_a_missing_library(tmp_path: Path) -> None:
    with pytest.raises(CitewireError, match="no library"):
        Citewire.open(tmp_path / "none", create=False)
    with Citewire.open(tmp_path / "lib", settings=Settings(threshold=1.0)) as library:
        report = library.add_records([{"text": "The bridge reopened on 4 May 2022.", "id": "b"}])
        assert isinstance(report, AddReport)
        assert report.totals["added"] == 1
        answer = library.ask("When did the bridge reopen?", filters=Filters(article_ids=("b",)))
        assert isinstance(answer, Answer)
        assert not answer.answered  # nothing is that certain
        with pytest.raises(CitewireError, match="No article tells"):
            library.timeline("Zorblaxian Council")
        library.remove("b")
        with pytest.raises(CitewireError, match="No article"):
            library.article("b")
