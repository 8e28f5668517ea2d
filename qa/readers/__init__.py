"""Readers: from evidence to draft sentences."""
