"""Commands about what the library holds: `list`, `show`, `remove`, `stats`, `doctor`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.table import Table

from corpus.diff import Change, changes
from corpus.errors import ArticleNotFound, CorpusError
from corpus.iso import to_iso
from corpus.stories import copies
from corpus.types import Article
from qa.cli.terminal import JsonOption, LibraryOption, err, opened, out, plain, print_json
from qa.doctor import examine
from qa.serialize import article_to_json, summary_to_json
from qa.settings import load_settings


def list_articles(library: LibraryOption = None, as_json: JsonOption = False) -> None:
    """List the articles, newest first."""
    with opened(library, create=False) as engine:
        rows = engine.library.summaries(limit=-1)
    if as_json:
        print_json([summary_to_json(row) for row in rows])
        return
    table = Table("id", "published", "publisher", "title", box=None)
    for row in rows:
        table.add_row(plain(row.id), (to_iso(row.published) or "")[:10], plain(row.publisher or ""), plain(row.title))
    out.print(table)


def show(
    article_id: Annotated[str, typer.Argument(metavar="ID")],
    library: LibraryOption = None,
    as_json: JsonOption = False,
    version: Annotated[int | None, typer.Option(help="An earlier version.")] = None,
    diff: Annotated[bool, typer.Option("--diff", help="What changed from the version before.")] = False,
) -> None:
    """Show one article as it is stored, or what changed in it."""
    with opened(library, create=False) as engine:
        article = engine.library.article(article_id, version)
        sentences = engine.library.sentences(article_id, version)
        others = copies(engine.library, article_id)
        before = engine.library.sentences(article_id, article.version - 1) if diff and article.version > 1 else ()
    if diff:
        _show_changes(article, changes([s.text for s in before], [s.text for s in sentences]), as_json)
        return
    if as_json:
        print_json(article_to_json(article, sentences, others))
        return
    facts = (article.publisher, article.author, to_iso(article.published), article.url)
    out.print(f"[bold]{plain(article.title)}[/]\n{plain(', '.join(f for f in facts if f))}\n\n{plain(article.text)}")
    if others:
        out.print("\nThe same story:")
    for other in others:
        out.print(f"  {plain(other.id)} {plain(', '.join(f for f in (other.title, other.publisher) if f))}")


def _show_changes(article: Article, found: Sequence[Change], as_json: bool) -> None:
    """Sentences that were added, removed or changed; those that stayed are counted."""
    if article.version == 1:
        raise ArticleNotFound(f"The article {article.id!r} has one version only; there is nothing to compare.")
    if as_json:
        print_json(
            {"id": article.id, "version": article.version, "from": article.version - 1,
             "changes": [{"kind": c.kind, "old": c.old, "new": c.new} for c in found if c.kind != "same"]}
        )  # fmt: skip
        return
    for change in found:
        if change.kind != "same" and change.old is not None:
            out.print(f"[red]- {plain(change.old)}[/]")
        if change.kind != "same" and change.new is not None:
            out.print(f"[green]+ {plain(change.new)}[/]")
    out.print(f"[dim]{sum(change.kind == 'same' for change in found)} sentences stayed the same.[/]")


def remove(article_ids: Annotated[list[str], typer.Argument(metavar="ID...")], library: LibraryOption = None) -> None:
    """Remove articles, with their passages and vectors."""
    failed = 0
    with opened(library, create=False) as engine:
        for article_id in article_ids:
            try:
                engine.remove(article_id)
                out.print(f"removed {plain(article_id)}")
            except CorpusError as error:
                err.print(f"[red]failed[/] {plain(str(error))}")
                failed += 1
    raise typer.Exit(0 if not failed else 2 if failed == len(article_ids) else 1)


def stats(library: LibraryOption = None, as_json: JsonOption = False) -> None:
    """Count what the library holds."""
    with opened(library, create=False) as engine:
        counts = engine.library.stats()
    data = {name: getattr(counts, name) for name in counts.__dataclass_fields__}
    if as_json:
        print_json(data)
    else:
        for name, value in data.items():
            out.print(f"{name.replace('_', ' '):<12} {value}")


def doctor(library: LibraryOption = None, as_json: JsonOption = False) -> None:
    """Check the installation and the library, and say what to do."""
    settings = load_settings(library=library)
    checks = examine(settings)
    if as_json:
        print_json([{"name": c.name, "ok": c.ok, "detail": c.detail} for c in checks])
    else:
        for check in checks:
            out.print(f"{'[green]ok[/]  ' if check.ok else '[red]bad[/] '} {check.name}: {plain(check.detail)}")
    raise typer.Exit(0 if all(check.ok for check in checks) else 2)
