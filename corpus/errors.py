"""The errors of the text layer, and the root of those of every layer, `CitewireError`.

    CorpusError
    ├── LoadError            an input cannot be read as an article
    │   └── FetchError       an address cannot be fetched, or must not be
    └── LibraryError
        ├── NotALibrary      the file is no Citewire library
        ├── LibraryTooNew    written by a newer version of Citewire
        ├── LibraryBusy      another process holds the write lock
        ├── LibraryUnwritable  the disk is full or the folder is read-only
        ├── LibraryUnreachable the server that holds the library does not answer
        └── ArticleNotFound  no article (or version) with that id

Each message says what was wrong and what to do next; it is fit to be shown to a user.
"""


class CitewireError(Exception):
    """Root of every error of ours: also of `embeddings.errors.EmbeddingError` and `qa.errors.QAError`."""


class CorpusError(CitewireError):
    """Root of the errors raised by `corpus`."""


class LoadError(CorpusError):
    """An input cannot be read as an article."""


class FetchError(LoadError):
    """An address cannot be fetched, or must not be.

    `status` is the HTTP status that was answered, if any; `retry_after` is the wait in seconds that the site asked for.
    """

    def __init__(self, message: str, *, status: int | None = None, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after


class LibraryError(CorpusError):
    """A library cannot be opened, read or written."""


class NotALibrary(LibraryError):
    """The file is not a Citewire library."""


class LibraryTooNew(LibraryError):
    """The library was written by a newer version of Citewire."""


class LibraryBusy(LibraryError):
    """Another process holds the library's write lock for longer than we wait."""


class LibraryUnwritable(LibraryError):
    """The library cannot be written: full disk or read-only folder."""


class LibraryUnreachable(LibraryError):
    """The server that holds the library, or one of those that hold its parts, does not answer."""


class ArticleNotFound(LibraryError):
    """No article, or no such version of it, in the library."""
