"""The page of the REST API, from its OpenAPI description: docs/reference/rest.md."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

from docs_build.cells import WRITTEN, table

Schema = Mapping[str, Any]
INTRODUCTION = """
Every route, from the description that the server itself gives at `/openapi.json`. How to start it, tokens and limits:
[REST API](../server.md).

Where a token is set, it is sent as `Authorization: Bearer TOKEN`. Errors are `application/problem+json` (RFC 9457).
"""
METHODS = ("get", "post", "put", "patch", "delete")


def description() -> dict[str, Any]:
    """The OpenAPI description of a server over an empty library."""
    from qa.engine import Citewire
    from qa.server.access import Access
    from qa.server.app import create_app
    from qa.settings import load_settings

    with tempfile.TemporaryDirectory() as name:
        engine = Citewire.open(load_settings(library=Path(name) / "lib"))
        try:
            found: dict[str, Any] = create_app(engine, Access()).openapi()
        finally:
            engine.close()
    return found


def page(api: Mapping[str, Any]) -> str:
    """The page in Markdown."""
    lines = [WRITTEN, "", "# REST API, every route", INTRODUCTION, f"A route may refuse with: {_refusals(api)}.", ""]
    for path, operations in api["paths"].items():
        for method in METHODS:
            if method in operations:
                lines += _operation(f"{method.upper()} {path}", operations[method])
    lines += ["## Objects", ""]
    for name, schema in sorted(api["components"]["schemas"].items()):
        lines += _object(name, schema)
    return "\n".join(lines).rstrip("\n") + "\n"


def _operation(name: str, operation: Schema) -> Iterator[str]:
    yield from (f"## {name}", "", operation.get("description", operation["summary"]), "")
    rows = [[f"`{p['name']}`", p["in"], _kind(p["schema"]), p.get("description") or p["schema"].get("description", "")]
            for p in operation.get("parameters", []) if p["name"].lower() != "authorization"]  # fmt: skip
    yield from table(["parameter", "in", "kind", "meaning"], rows)
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        yield from (f"Body: {_kind(content['schema'])} as `{kind}`.", "")
    answers = []
    for status, response in sorted(operation["responses"].items()):
        if status.startswith("2"):
            forms = [f"{_kind(content.get('schema', {}))} as `{kind}`"
                     for kind, content in response.get("content", {}).items()]  # fmt: skip
            answers.append(f"{status} {HTTPStatus(int(status)).phrase}" + (f": {'; '.join(forms)}" if forms else ""))
    yield from (f"Answer: {', or '.join(answers)}.", "")


def _refusals(api: Mapping[str, Any]) -> str:
    """The statuses that any route may refuse with, each with its phrase."""
    found = {status for operations in api["paths"].values() for method in METHODS
             for status in operations.get(method, {}).get("responses", {}) if not status.startswith("2")}  # fmt: skip
    return ", ".join(f"{status} {HTTPStatus(int(status)).phrase}" for status in sorted(found))


def _object(name: str, schema: Schema) -> Iterator[str]:
    yield from (f"### {name}", "")
    if text := schema.get("description"):
        yield from (" ".join(text.split()), "")
    needed = schema.get("required", [])
    rows = [
        [f"`{field}`" + ("" if field in needed else " (optional)"), _kind(part), part.get("description", "")]
        for field, part in schema.get("properties", {}).items()
    ]
    yield from table(["field", "kind", "meaning"], rows)


def _kind(schema: Schema) -> str:
    """A schema in a few words, with its limits; objects by a link to where they are described."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        return f"[{name}](#{name.lower()})"
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return " or ".join(dict.fromkeys(_kind(each) for each in schema[choice]))
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    kind = schema.get("type", "JSON")
    if kind == "array":
        return f"list of {_kind(schema.get('items', {}))}" + _limits(schema, "minItems", "maxItems")
    if kind == "object" and isinstance(values := schema.get("additionalProperties"), Mapping):
        return f"object of {_kind(values)}"
    bounds = _limits(schema, "minimum", "maximum") + _limits(schema, "minLength", "maxLength", " characters")
    default = f", {schema['default']!r} by default" if schema.get("default") not in (None, "") else ""
    return f"{kind}{bounds}{default}"


def _limits(schema: Schema, least: str, most: str, unit: str = "") -> str:
    low, high = schema.get(least), schema.get(most)
    if low is None and high is None:
        return ""
    if low is None:
        return f", at most {high:,}{unit}"
    return f", at least {low:,}{unit}" if high is None else f", {low:,} to {high:,}{unit}"
