"""The errors of the answer layer.

QAError
├── SettingsError    an unknown or unusable setting
└── QuestionError    a question that cannot be asked: empty, without a word, too long
"""


class QAError(Exception):
    """Root of the errors raised by `qa`."""


class SettingsError(QAError):
    """A setting is unknown or has an unusable value."""


class QuestionError(QAError):
    """The question cannot be asked."""
