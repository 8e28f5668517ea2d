"""Walks through a page as a stranger would: runs its commands in order and compares what they print with the page.

    python -m docs_build.walk [PAGE]...            says where program and page differ
    python -m docs_build.walk --write [PAGE]...    writes what the program prints into the pages, where they have no `...`

A block marked `sh` is run, in one folder for all pages; the block marked `text` right after it is its output. There,
`...` stands for anything: within a line, or, alone in a line, for any lines. `<!-- not run: REASON -->` above a block
leaves it out. `citewire` runs in this process, so that the model libraries are loaded once; everything else by bash.
Understands here-documents, `NAME=value` before a command and `> FILE`; a pipe goes to bash. Checks no prose.
"""

from __future__ import annotations

import argparse
import io
import itertools
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
BLOCK = re.compile(
    r"(?P<skip><!-- not run: .+? -->\n)?```sh\n(?P<code>.*?)```\n(?:\n```text\n(?P<output>.*?)```\n)?", re.DOTALL
)
COMMAND = re.compile(
    r"(?P<line>(?:\\\n|.)+?)(?: <<'?(?P<end>\w+)'?\n(?P<body>(?:[^\n]*\n)*?)(?P=end))?(?:\n|\Z)", re.DOTALL
)
ASSIGNMENT = re.compile(r"[A-Z_]+=")


@dataclass(frozen=True, slots=True)
class Block:
    """Commands of a page and the output that it shows for them; `output` is None where it shows none."""

    code: str
    output: str | None


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a page is not what happens."""

    block: Block
    printed: str
    failed: bool

    def __str__(self) -> str:
        why = "failed" if self.failed else "prints something else"
        return f"$ {self.block.code.strip()}\n--- {why}:\n{self.printed}\n--- the page says:\n{self.block.output or ''}"


def blocks(page: str) -> Iterator[Block]:
    """The blocks that are to be run.

    >>> list(blocks("```sh\\nls\\n```\\n\\n```text\\na\\n```\\n"))
    [Block(code='ls\\n', output='a\\n')]
    """
    for match in BLOCK.finditer(page):
        if not match["skip"]:
            yield Block(match["code"], match["output"])


def commands(code: str) -> Iterator[tuple[str, str | None]]:
    """Each command of a block, with the text that a here-document gives it.

    >>> list(commands("ls\\ncat > a <<'END'\\nb\\nEND\\n"))
    [('ls', None), ('cat > a', 'b\\n')]
    """
    for match in COMMAND.finditer(code):
        yield match["line"], match["body"]


def same(shown: str, printed: str) -> bool:
    """Whether the output is the one shown, `...` standing for anything; spaces at ends of lines and empty lines do not count.

    >>> same("a ...\\nc\\n", "a b  \\nc\\n"), same("...\\nc\\n", "a\\nb\\nc\\n"), same("a\\n", "b\\n")
    (True, True, False)
    """
    lines = [re.escape(line).replace(r"\.\.\.", ".*?") for line in _trimmed(shown).split("\n") if line]
    pattern = "".join("(?:.*\n)*?" if line == ".*?" else f"{line}\n" for line in lines)
    return re.fullmatch(pattern, re.sub(r"\n+", "\n", _trimmed(printed))) is not None


def _trimmed(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip("\n").splitlines()) + "\n"


def run(code: str) -> tuple[str, bool]:
    """What the commands of a block print, and whether each ended well."""
    printed, well = [], True
    for line, given in commands(code):
        words = shlex.split(line, comments=True)
        settings = dict(word.split("=", 1) for word in itertools.takewhile(ASSIGNMENT.match, words))
        command = words[len(settings) :]
        own = command[:1] == ["citewire"] and "|" not in command
        text, status = _citewire(command[1:], given or "", settings) if own else _bash(line, given)
        printed.append(text)
        well = well and status == 0
    return "".join(printed), well


def _bash(line: str, given: str | None) -> tuple[str, int]:
    done = subprocess.run(["bash", "-c", line], input=given, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr, done.returncode


def _citewire(words: list[str], given: str, settings: Mapping[str, str]) -> tuple[str, int]:
    """The command line in this process: its streams are the caller's, its exit code is returned."""
    from qa.cli import main

    both = io.StringIO()
    target = Path(words[-1]) if len(words) > 1 and words[-2] == ">" else None
    out = io.StringIO() if target else both
    streams, arguments, environment = sys.stdin, sys.argv, dict(os.environ)
    os.environ.update(settings)
    sys.stdin, sys.argv = io.StringIO(given), ["citewire", *(words[:-2] if target else words)]
    try:
        with redirect_stdout(out), redirect_stderr(both):
            main()
        status = 0
    except SystemExit as end:
        status = int(end.code or 0)
    finally:
        sys.stdin, sys.argv = streams, arguments
        os.environ.clear()
        os.environ.update(environment)
    if target:
        target.write_text(out.getvalue())
    return both.getvalue(), status


def differences(page: str) -> list[Difference]:
    """Run a page in the working directory; where it is not as it says."""
    found = []
    for block in blocks(page):
        printed, well = run(block.code)
        if not well or (block.output is not None and not same(block.output, printed)):
            found.append(Difference(block, printed, not well))
    return found


def rewritten(page: str, ran: Callable[[str], tuple[str, bool]] = run) -> str:
    """The page with the output of every block that is not as it says."""

    def block(match: re.Match[str]) -> str:
        if match["skip"] or match["output"] is None:
            if not match["skip"]:
                ran(match["code"])
            return match[0]
        printed, _ = ran(match["code"])
        if same(match["output"], printed) or "..." in match["output"]:  # what `...` hides is for a person to say
            return match[0]
        return f"```sh\n{match['code']}```\n\n```text\n{_trimmed(printed)}```\n"

    return BLOCK.sub(block, page)


def folder(parent: Path) -> Path:
    """A folder as a reader has it, with what the pages use of a clone."""
    for name in ("corpus", "examples"):
        (parent / name).symlink_to(ROOT / name)
    return parent


def prepare(chosen: Sequence[Path]) -> None:
    """Make the library that the how-to guides take over from the tutorial, unless that is walked first."""
    if pages()[0] not in chosen:
        run("citewire add corpus/sample --library ./lib\n")


def pages() -> tuple[Path, ...]:
    """The pages to be walked, in the order of reading."""
    return (ROOT / "docs/tutorial.md", *sorted((ROOT / "docs/how-to").glob("*.md")))


def main() -> None:
    """Walk all pages or those named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("page", type=Path, nargs="*")
    options = parser.parse_args()
    chosen = [page.resolve() for page in options.page] or pages()
    os.environ.update({"COLUMNS": "80", "HF_HUB_OFFLINE": "1"})
    well = True
    with tempfile.TemporaryDirectory() as name, chdir(folder(Path(name))):
        prepare(chosen)
        for page in chosen:
            text = page.read_text()
            if options.write:
                page.write_text(rewritten(text))
                continue
            for difference in differences(text):
                sys.stdout.write(f"{page}\n{difference}\n\n")
                well = False
    sys.exit(0 if well else 1)


if __name__ == "__main__":
    main()
