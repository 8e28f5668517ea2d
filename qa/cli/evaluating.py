"""The `citewire eval` command. Parses arguments and shows tables; measures nothing itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from qa.cli.terminal import JsonOption, LibraryOption, ThresholdOption, err, out, print_json
from qa.engine import Citewire
from qa.evaluation.measure import OnStep, measure_file, measure_suite
from qa.evaluation.report import Section
from qa.evaluation.suites import SUITES, TRANSLATIONS
from qa.settings import load_settings


def evaluate(
    questions: Annotated[
        Path | None, typer.Option(help="JSONL file of questions about your own library, one object a line.")
    ] = None,
    data: Annotated[Path | None, typer.Option(help="Folder that holds the public question sets.")] = None,
    suite: Annotated[
        list[str] | None,
        typer.Option(help=f"Only this set; may be repeated. One of: {', '.join(SUITES | TRANSLATIONS)}."),
    ] = None,
    library: LibraryOption = None,
    threshold: ThresholdOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure ranking, citation and abstention on your own questions, or on public question sets.

    A line of FILE has "question" and what is expected: "article" (id, address or title), "sentence" or "answer".
    With "answerable": false, no article answers it. The library is only read. Public sets get a library of their own.
    """
    if (questions is None) == (data is None):
        raise typer.BadParameter("Give either --questions FILE or --data DIR.")
    if suite and data is None:
        raise typer.BadParameter("--suite needs --data DIR.", param_hint="--suite")
    settings = load_settings(library=library, threshold=threshold)
    with _progress() as step:
        if questions is not None:
            engine = Citewire.open(settings, create=False)
            try:
                results = {"questions": measure_file(engine, questions, step)}
            finally:
                engine.close()
        else:
            assert data is not None
            results = {name: measure_suite(name, data, settings, step) for name in suite or SUITES}
    if as_json:
        print_json(results)
    else:
        for name, sections in results.items():
            _show(name, sections)


@contextmanager
def _progress() -> Iterator[OnStep]:
    """A bar on stderr; yields the callback that moves it."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task("preparing", total=None)
        yield lambda label, done, total: bar.update(task, description=label, completed=done, total=total)


def _show(name: str, sections: dict[str, Section]) -> None:
    table = Table("measure", "value", "95 % interval", title=name, title_justify="left")
    for section, values in sections.items():
        table.add_section()
        for key, value in values.items():
            if isinstance(value, list):
                continue
            interval = values.get(f"{key}_interval", values.get("interval") if key == "rate" else None)
            text = "–" if value is None else f"{value:g}"
            bounds = (
                "–".join(f"{bound:.3f}" for bound in interval if bound is not None)
                if isinstance(interval, list)
                else ""
            )
            table.add_row(f"{section.replace('_', ' ')}: {key.replace('_', ' ')}", text, bounds)
    out.print(table)
