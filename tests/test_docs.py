"""The documentation: what it shows is what happens, its references are what the code says, its links lead somewhere."""

from __future__ import annotations

import os
import re
import runpy
import shlex
import subprocess
import sys
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path

import pytest

from docs_build.__main__ import REFERENCE, written
from docs_build.walk import Difference, blocks, commands, differences, folder, pages, rewritten, run, same

ROOT = Path(__file__).parent.parent
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)\s#]+)")


@dataclass(frozen=True)
class Walk:
    """The folder that was walked in, with the library that the pages made, and what was wrong, by page."""

    folder: Path
    differences: dict[str, list[Difference]]


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    """Every page walked in the order of reading, in one folder, as a reader would."""
    where = folder(tmp_path_factory.mktemp("walk"))
    with chdir(where):
        return Walk(where, {page.name: differences(page.read_text()) for page in pages()})


@pytest.mark.parametrize("page", [page.name for page in pages()])
def test_a_page_shows_what_its_commands_print(walk: Walk, page: str) -> None:
    assert not walk.differences[page], "\n\n".join(map(str, walk.differences[page]))


def test_no_command_is_passed_over_without_a_reason() -> None:
    for page in pages():
        text = page.read_text()
        found = text.count("```sh\n")
        assert found == len(list(blocks(text))) + len(re.findall(r"<!-- not run: [^\n]+ -->\n```sh\n", text))


@pytest.mark.parametrize(
    ("shown", "printed", "expected"),
    [
        ("a\n", "a  \n", True),
        ("a\n", "a\nb\n", False),
        ("a ... c\n", "a (b) c\n", True),
        ("...\nc\n", "a\nb\nc\n", True),
        ("a\n...\n", "a\n", True),
        ("a\n\nb\n", "a\nb\n", True),
        ("a.c\n", "abc\n", False),
    ],
)
def test_only_three_dots_stand_for_something_else(shown: str, printed: str, expected: bool) -> None:
    assert same(shown, printed) is expected


def test_a_walk_finds_what_is_wrong_and_can_write_what_is_right(tmp_path: Path) -> None:
    page = "```sh\necho a > f\ncat f <<'END'\nEND\n```\n\n```text\nb\n```\n\n```sh\nfalse\n```\n"
    with chdir(tmp_path):
        wrong, failed = differences(page)
        assert (wrong.printed, wrong.failed, failed.failed) == ("a\n", False, True)
        assert "prints something else" in str(wrong)
        assert "```text\na\n```" in rewritten(page)
        assert rewritten(page.replace("b\n```", "b...\n```")).count("b...") == 1  # left for a person
        assert run("cat <<END\n1\n2\nEND\necho 3 | cat\n") == ("1\n2\n3\n", True)
    assert list(commands("a \\\n  b\nc\n")) == [("a \\\n  b", None), ("c", None)]


def test_written_pages_are_current() -> None:
    found = written()
    assert [page.name for page, text in found.items() if page.read_text() != text] == [], "Run: python -m docs_build"
    assert set(REFERENCE.glob("*.md")) == {page for page in found if page.parent == REFERENCE}


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "examples/README.md"])
def test_links_outside_the_site_lead_to_files(page: str) -> None:
    """Those within it are checked when it is built (`make check`)."""
    links = LINK.findall((ROOT / page).read_text())
    assert [link for link in links if not ((ROOT / page).parent / link).exists()] == []


def test_examples_run(walk: Walk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Each as its page says, with the library of the walk."""
    rows = re.findall(r"`(python|sh) (examples/\S+) (.*)` \|", (ROOT / "examples/README.md").read_text())
    assert {Path(row[1]).name for row in rows} == {
        file.name for file in (ROOT / "examples").iterdir() if file.suffix in (".py", ".sh")
    }
    monkeypatch.chdir(walk.folder)
    for kind, file, arguments in rows:
        if kind == "python":
            monkeypatch.setattr(sys, "argv", [file, *shlex.split(arguments)])
            runpy.run_path(file, run_name="__main__")
    printed = capsys.readouterr().out
    assert "Tugs and dredgers refloated the Ever Given" in printed
    assert "cost\tyes\tAbout 2,000 people worked on the restoration" in printed
    assert "none\tno\t\t\n" in printed
    assert "[^1]: “British Prime Minister Liz Truss announced her resignation on Thursday" in printed


def test_the_sync_example_names_its_library_and_lets_one_run_pass(tmp_path: Path) -> None:
    script = ["sh", str(ROOT / "examples/sync.sh")]
    assert "Say which library" in subprocess.run(script, capture_output=True, text=True, check=False).stderr
    (tmp_path / "lib.sync").mkdir()
    done = subprocess.run([*script, str(tmp_path / "lib")], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
    assert "Another sync" in done.stderr
    (tmp_path / "lib.sync").rmdir()
    (tmp_path / "bin").mkdir()
    fake = tmp_path / "bin/citewire"  # stands for the installed command: what counts here is the script around it
    fake.write_text("#!/bin/sh\necho $*\nexit 1\n")
    fake.chmod(0o755)
    environment = os.environ | {"PATH": f"{fake.parent}:{os.environ['PATH']}"}
    done = subprocess.run(
        [*script, str(tmp_path / "lib")], capture_output=True, text=True, check=False, env=environment
    )
    assert (done.returncode, done.stdout) == (1, f"sync --library {tmp_path / 'lib'}\n")
    assert "Some of it failed" in done.stderr
    assert not (tmp_path / "lib.sync").exists()
