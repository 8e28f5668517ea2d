"""Measuring answers: metrics, the questions of a file or a public set, one run that gives every number."""
