"""The errors of the answer layer.

QAError
├── SettingsError    an unknown or unusable setting
├── QuestionError    a question that cannot be asked: empty, without a word, too long
└── ReaderError      a reader cannot answer now: its server is down, refuses, or sends nothing usable
    ├── ContextOverflow    the prompt is longer than the model can read
    ├── RequestRefused     the server does not take such a request
    └── CutOff             the model wrote more than it may; what came before stands
"""

from corpus.errors import CitewireError


class QAError(CitewireError):
    """Root of the errors raised by `qa`."""


class SettingsError(QAError):
    """A setting is unknown or has an unusable value."""


class QuestionError(QAError):
    """The question cannot be asked."""


class ReaderError(QAError):
    """The reader cannot answer now; the message says why and what to do. Another reader may."""


class ContextOverflow(ReaderError):
    """The prompt is longer than the model can read; a shorter one may do."""


class RequestRefused(ReaderError):
    """The server does not take such a request; a plainer one may do."""


class CutOff(ReaderError):
    """The model did not come to an end; what it wrote before stands."""
