"""Measurements, run by hand; each writes a JSON result. Nothing imports this package."""
