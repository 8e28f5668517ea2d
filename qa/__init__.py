"""Answers: questions in, cited sentences out."""

from qa._siblings import check_siblings

check_siblings()
