"""The `citewire` command. Parses arguments, shows results; every decision is made elsewhere.

Exit codes: 0 done, 1 some inputs failed (each named), 2 unusable arguments or library, 130 interrupted. With `--json`,
stdout holds JSON alone; everything else goes to stderr.
"""

from __future__ import annotations

import os
import sys

import typer

from corpus.errors import CorpusError
from embeddings.errors import EmbeddingError
from qa.cli import adding, asking, chatting, evaluating, exporting, library, serving
from qa.cli.terminal import err, plain
from qa.errors import QAError

app = typer.Typer(
    name="citewire", no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False,
    help="Ask a collection of news articles; every sentence of the answer is cited to its source sentence.",
)  # fmt: skip
for command in (
    adding.add, asking.ask, chatting.chat, asking.search, asking.timeline, library.show, library.remove, library.stats, library.doctor,
    adding.sync, adding.reindex, exporting.export, serving.serve, serving.mcp, serving.ui,
):  # fmt: skip
    app.command()(command)
app.command("list")(library.list_articles)
app.command("import")(exporting.import_backup)
app.command("eval")(evaluating.evaluate)
app.add_typer(adding.feeds, name="feeds")


def main() -> None:
    """Run the command line; turn every error of ours into a message and an exit code."""
    try:
        app()
    except (CorpusError, EmbeddingError, QAError) as error:
        err.print(f"[bold red]Error:[/] {plain(str(error))}")
        sys.exit(2)
    except KeyboardInterrupt:
        err.print("Interrupted. What was finished is kept; run the same command again to go on.")
        sys.exit(130)
    except BrokenPipeError:  # `citewire list | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
