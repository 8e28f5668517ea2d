"""`citewire chat`: questions and follow-ups in the terminal, kept as a conversation that the app shows too."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from corpus.conversations import Conversations, TurnStatus
from corpus.errors import CorpusError
from corpus.types import Filters
from embeddings.errors import EmbeddingError
from qa.cli.terminal import (
    LibraryOption,
    PublisherOption,
    SinceOption,
    ThresholdOption,
    UntilOption,
    err,
    filters,
    interruptible,
    opened,
    out,
    plain,
    plain_lines,
)
from qa.engine import Citewire
from qa.errors import QAError, QuestionError
from qa.history import history_of
from qa.serialize import answer_from_json, answer_to_json
from qa.types import POINTING, Answer, Citation, Turn

HELP = """Ask a question, or a follow-up such as "Why?" or "And who backs them?".
/sources    where the sentences of the last answer are from
/open N     the article of source N, the cited sentence set off
/withheld   what was drafted and not shown, and why
/edit TEXT  ask the last question again, understood as TEXT
/save FILE  the conversation as Markdown
/new        a new conversation
/quit       leave (or Ctrl-D)"""


@dataclass
class Chat:
    """One conversation at a terminal. `say` takes a line; every turn is stored before it is over."""

    engine: Citewire
    conversations: Conversations
    filters: Filters
    out: Console
    conversation: str | None = None

    def say(self, line: str) -> bool:
        """Answer a question or obey a command; false when it is time to leave."""
        text = line.strip()
        if text.startswith("/"):
            name, _, argument = text[1:].partition(" ")
            return self._command(name.lower(), argument.strip())
        if text:
            self._ask(text)
        return True

    def _command(self, name: str, argument: str) -> bool:
        commands: dict[str, Callable[[str], None]] = {
            "sources": self._sources, "open": self._open, "withheld": self._withheld, "edit": self._edit,
            "save": self._save, "new": self._new, "help": lambda _: self.out.print(plain_lines(HELP)),
        }  # fmt: skip
        if name in ("quit", "exit", "q"):
            return False
        if name in commands:
            commands[name](argument)
        else:
            self.out.print(f"There is no command {plain(f'/{name}')}.\n{plain_lines(HELP)}")
        return True

    # ---- asking

    def _ask(self, question: str, standalone: str | None = None) -> None:
        if self.conversation is None:
            self.conversation = self.conversations.start(question).id
        history = history_of(self.conversations.turns(self.conversation))
        turn = self.conversations.ask(self.conversation, question)
        status: TurnStatus = "error"
        answer: Answer | None = None
        message = "It was interrupted."
        try:
            with interruptible() as stop:
                for growing in self._answers(question, history, standalone, stop):
                    answer = growing
            status = "stopped" if stop.is_set() else "done"
        except (CorpusError, EmbeddingError, QAError) as error:
            message = str(error)
            err.print(f"[bold red]Error:[/] {plain(message)}")
        finally:
            kept = {"error": message} if status == "error" else answer_to_json(answer) if answer else None
            self.conversations.finish(turn.id, status, kept)

    def _answers(
        self, question: str, history: tuple[Turn, ...], standalone: str | None, stop: threading.Event
    ) -> Iterator[Answer]:
        """The growing answer, printed as it grows."""
        printed = 0
        answer: Answer | None = None
        for answer in self.engine.stream(
            question, filters=self.filters, history=history, standalone=standalone, cancelled=stop
        ):
            if not printed and answer.standalone_question != question:
                self.out.print(f"[dim]Understood as: {plain(answer.standalone_question)}[/]")
            for sentence in answer.sentences[printed:]:
                if sentence.status != "withheld":
                    mark = " [dim](weak match)[/]" if sentence.status == "weak" else ""
                    day = f"{sentence.day:<10}  " if sentence.day else ""
                    self.out.print(day + plain(sentence.text) + escape(_numbers(sentence.citations)) + mark)
            printed = len(answer.sentences)
            yield answer
        if answer is None:
            return
        if answer.abstention:
            self.out.print(plain(answer.abstention.message))
            self.out.print("[dim]/sources shows the nearest passages.[/]")
        if held := sum(sentence.status == "withheld" for sentence in answer.sentences):
            self.out.print(f"[dim]{held} sentence{'s' if held > 1 else ''} withheld: /withheld says why.[/]")
        for note in answer.notes:
            numbers = _numbers(note.citations) if note.kind in POINTING else ""
            self.out.print(f"[dim]Note: {plain(note.text)} {escape(numbers)}".rstrip() + "[/]")

    # ---- the last answer

    def _last(self) -> Answer | None:
        turns = self.conversations.turns(self.conversation) if self.conversation else ()
        for turn in reversed(turns):
            if turn.answer and turn.status != "error":
                return answer_from_json(turn.answer)
        self.out.print("Nothing has been answered yet.")
        return None

    def _cited(self) -> tuple[Citation, ...]:
        answer = self._last()
        if answer is None:
            return ()
        return answer.citations or (answer.abstention.nearest if answer.abstention else ())

    def _sources(self, _: str) -> None:
        for citation in self._cited():
            self.out.print(f"{escape(f'[{citation.number}]')} “{plain(citation.quote)}”")
            self.out.print(f"    [dim]{plain(citation.source)}[/]")

    def _open(self, argument: str) -> None:
        cited = self._cited()
        chosen = next((citation for citation in cited if str(citation.number) == argument), None)
        if chosen is None:
            known = ", ".join(str(citation.number) for citation in cited)
            if cited:
                self.out.print(f"There is no source {plain(repr(argument))}; there are {known}.")
            return
        article = self.engine.library.article(chosen.article_id, chosen.version)
        before, after = article.text[: chosen.start], article.text[chosen.end :]
        self.out.print(f"[bold]{plain(article.title)}[/]\n[dim]{plain(chosen.source)}[/]\n")
        self.out.print(f"{plain_lines(before)}[reverse]{plain_lines(chosen.quote)}[/]{plain_lines(after)}")

    def _withheld(self, _: str) -> None:
        answer = self._last()
        for sentence in answer.sentences if answer else ():
            if sentence.status == "withheld":
                self.out.print(f"{plain(sentence.text)}\n    [dim]{plain(sentence.reason or '')}[/]")

    def _edit(self, argument: str) -> None:
        answer = self._last()
        if answer and argument:
            self._ask(answer.question, standalone=argument)
        elif answer:
            self.out.print("Write what the question means: /edit Who backs the rebels in Syria?")

    # ---- the conversation

    def _save(self, argument: str) -> None:
        from qa.export import to_markdown  # not needed until then

        conversation = self.conversations.find(self.conversation or "")
        if conversation is None or not argument:
            self.out.print("Name a file: /save FILE. Something must have been asked first.")
            return
        file = Path(argument).expanduser()
        text = to_markdown(conversation, self.conversations.turns(conversation.id))
        try:
            file.write_text(text, encoding="utf-8")
        except OSError as error:
            self.out.print(f"[red]{plain(str(file))} cannot be written: {plain(error.strerror or '')}.[/]")
            return
        self.out.print(f"Saved to {plain(str(file))}.")

    def _new(self, _: str) -> None:
        self.conversation = None
        self.out.print("A new conversation.")


def chat(
    library: LibraryOption = None,
    resume: Annotated[bool, typer.Option("--continue", help="Go on with the conversation asked in last.")] = False,
    since: SinceOption = None,
    until: UntilOption = None,
    publisher: PublisherOption = None,
    threshold: ThresholdOption = None,
) -> None:
    """Ask in the terminal, follow-ups included; the conversation is kept in the library."""
    chosen = filters(since, until, publisher)
    with opened(library, create=False, threshold=threshold) as engine:
        conversations = Conversations(engine.library)
        talk = Chat(engine, conversations, chosen, out)
        if resume:
            recent = conversations.recent(1)
            if not recent:
                raise QuestionError("There is no conversation to go on with. Start one without --continue.")
            talk.conversation = recent[0].id
            out.print(f"[dim]{plain(recent[0].title)}[/]")
        for line in _lines():
            if not talk.say(line):
                break


def _lines() -> Iterator[str]:
    """Lines as they are typed, with a prompt and the arrow keys at a terminal; from a pipe, as they stand."""
    typed = sys.stdin.isatty()
    if typed:
        with suppress(ImportError):
            import readline  # noqa: F401 - gives `input` its history
        out.print("Ask about the articles. /help lists the commands, Ctrl-D leaves.")
    while True:
        try:
            yield input("> " if typed else "")
        except EOFError:
            return
        except KeyboardInterrupt:
            if not typed:
                raise
            out.print()


def _numbers(citations: tuple[int, ...]) -> str:
    return f" {''.join(f'[{number}]' for number in citations)}" if citations else ""
