"""Inputs that a coverage-guided fuzzer makes, for every loader and for the command line: no crash, no hang, no broken article.

    python -m benchmarks.fuzz [--seconds 600] [--data FOLDER] [--target NAME] [--keep FOLDER]

Needs the extra `fuzz` (atheris, which carries libFuzzer). The time is shared out evenly; each target runs in a process of
its own, begins with a small file of its kind (FOLDER adds `malformed_inputs/`, see `benchmarks.malformed`) and keeps what
reaches new lines. A crash is any exception but `LoadError`, also one that `corpus.adding` would have caught, any death of
the process, and more than `HANG` seconds; an article is broken when it is not valid Unicode, holds controls, or has a
sentence that is no slice. `--keep` keeps the inputs that did it. Fails when there is one.
"""

from __future__ import annotations

import argparse
import io
import json
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.report import write_result

HANG = 20  # seconds for one input of at most `LARGEST` bytes
LARGEST = 20_000
MEMORY = 3_000  # megabytes
ARGUMENTS = "arguments"
KINDS = (
    "txt", "md", "html", "mhtml", "pdf", "docx", "eml", "mbox", "jsonl", "json", "csv", "tsv", "parquet", "xml", "zip", "tar",
    "tgz", "gz",
)  # fmt: skip
SEEN = {"pdf": ("pdf",), "json": ("json",), "xml": ("feeds_illformed", "feeds_wellformed"), "txt": ("encodings",)}
TITLE, TEXT = (
    "Night ferry stays",
    "The harbor council voted on Tuesday to keep the night ferry. Nine members backed it, the mayor said.",
)


def seeds(kind: str) -> Iterator[bytes]:
    """Small files of a kind, whole ones."""
    page = f"<html lang=en><head><title>{TITLE}</title><meta property='article:published_time' content='2022-05-04'>"
    page += '<script type=\'application/ld+json\'>{"@type":"NewsArticle","author":{"name":"Jo Field"}}</script></head><body>'
    page += f"<article><h1>{TITLE}</h1><p>{TEXT}</p><blockquote>{TEXT}</blockquote><figcaption>A quay.</figcaption></article>"
    row = {
        "id": "1",
        "title": TITLE,
        "text": TEXT,
        "published": "2022-05-04T06:00:00Z",
        "author": ["Jo Field"],
        "url": "https://h.example/1",
    }
    mail = f"From: Jo <jo@h.example>\nSubject: {TITLE}\nDate: Wed, 04 May 2022 06:30:00 +0200\nMIME-Version: 1.0\n"
    mail += f"Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\n{TEXT}\n--b\nContent-Type: text/html\n\n{page}\n--b--\n"
    item = (
        f"<item><title>{TITLE}</title><link>https://h.example/1</link><pubDate>Wed, 04 May 2022 06:30:00 GMT</pubDate>"
    )
    made: dict[str, tuple[str | bytes, ...]] = {
        "txt": (f"{TITLE}\n\nBy Jo Field, Harbor Times\n\nMay 4, 2022\n\n{TEXT}\n", "https://h.example/1\n# more\n"),
        "md": (f"---\ntitle: {TITLE}\ndate: 2022-05-04\nauthor: [Jo, Ann]\n---\n\n# {TITLE}\n\n{TEXT}\n\n> {TEXT}\n\n- [a](b) `c`\n",),
        "html": (page,),
        "mhtml": (mail.replace("alternative", "related"),),
        "eml": (mail,),
        "mbox": (f"From jo@h.example Wed May  4 06:30:00 2022\n{mail}\n" * 2,),
        "jsonl": (json.dumps(row) + "\n" + json.dumps(row | {"id": 2}),),
        "json": (json.dumps([row]), json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "H", "items": [row]})),
        "csv": (f'id,title,text,date\n1,{TITLE},"{TEXT}",2022-05-04\n',),
        "tsv": (f"title\ttext\n{TITLE}\t{TEXT}\n",),
        "docx": (
            '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:pPr><w:pStyle '
            f'w:val="Title"/></w:pPr><w:r><w:t>{TITLE}</w:t></w:r></w:p><w:p><w:r><w:t>{TEXT}</w:t><w:br/></w:r></w:p><w:tbl><w:tr>'
            f"<w:tc><w:p><w:r><w:t>{TEXT}</w:t></w:r></w:p></w:tc></w:tr></w:tbl></w:body></w:document>",
        ),
        "xml": (
            f"<rss version='2.0'><channel><title>H</title>{item}<description>{TEXT}</description></item></channel></rss>",
            "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><url><loc>https://h.example/1</loc></url></urlset>",
            f"<feed xmlns='http://www.w3.org/2005/Atom'><title>H</title><entry><title>{TITLE}</title><link href='https://h.example/1'/>"
            f"<updated>2022-05-04T06:00:00Z</updated><content type='html'>&lt;p&gt;{TEXT}&lt;/p&gt;</content></entry></feed>",
        ),
    }  # fmt: skip
    yield from (seed.encode() if isinstance(seed, str) else seed for seed in made.get(kind, ()))
    if kind in ("pdf", "parquet"):
        yield _pdf() if kind == "pdf" else _parquet(row)
    if kind in ("zip", "tar", "tgz", "gz"):
        yield _packed(kind)


def _pdf() -> bytes:
    shown = f"BT /F1 16 Tf 60 780 Td ({TITLE}) Tj /F1 11 Tf 0 -40 Td ({TEXT}) Tj ET"
    objects = (
        "<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        f"<</Length {len(shown)}>>\nstream\n{shown}\nendstream", "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )  # fmt: skip
    body = "".join(f"{number} 0 obj\n{text}\nendobj\n" for number, text in enumerate(objects, start=1))
    return f"%PDF-1.4\n{body}trailer\n<</Root 1 0 R/Size 6>>\n%%EOF\n".encode()


def _docx(document: bytes) -> bytes:
    """A Word file around its main part, which is what is fuzzed: a changed byte of a packed part is only a wrong checksum."""
    import zipfile

    types = (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType='
        '"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/></Types>'
    )
    links = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type='
        '"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/>'
        "</Relationships>"
    )
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("[Content_Types].xml", types)
        archive.writestr("_rels/.rels", links)
        archive.writestr("word/document.xml", document)
    return stream.getvalue()


def _parquet(row: dict[str, Any]) -> bytes:
    import pyarrow as pa
    from pyarrow import parquet

    stream = io.BytesIO()
    parquet.write_table(pa.Table.from_pylist([row]), stream)
    return stream.getvalue()


def _packed(kind: str) -> bytes:
    import gzip
    import tarfile
    import zipfile

    if kind == "gz":
        return gzip.compress(TEXT.encode())
    stream = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a/story.txt", f"{TITLE}\n\n{TEXT}")
    else:
        with tarfile.open(fileobj=stream, mode="w:gz" if kind == "tgz" else "w") as tar:
            info = tarfile.TarInfo("a/story.txt")
            info.size = len(TEXT)
            tar.addfile(info, io.BytesIO(TEXT.encode()))
    return stream.getvalue()


# ---- one input


def read(kind: str, data: bytes) -> int:
    """Read a file as `citewire add` would; how many articles it gave. Raises whatever goes wrong but `LoadError`."""
    from corpus.errors import LoadError
    from corpus.ingest import Chunker, build
    from corpus.items import RawArticle
    from corpus.loaders import load
    from corpus.normalize import normalize
    from corpus.sources import Source

    chunker = Chunker(lambda texts: [len(text.split()) + 2 for text in texts], 120)  # words stand for tokens
    count = 0
    name = f"story.{'tar.gz' if kind == 'tgz' else kind}"
    for item in load(Source(name, data=data)):
        if not isinstance(item, RawArticle):
            continue
        try:
            built = build(item.parse(), chunker)
        except LoadError:
            continue
        count += 1
        for text in (
            built.text,
            built.parsed.title,
            built.parsed.publisher or "",
            built.parsed.author or "",
            built.parsed.url or "",
        ):
            text.encode()
            if normalize(text) != text:
                raise AssertionError(f"not normalized: {text!r}")
        if any(sentence.text != built.text[sentence.span.start : sentence.span.end] for sentence in built.sentences):
            raise AssertionError("a sentence is no slice")
    return count


def _command(folder: Path) -> Callable[[bytes], int]:
    """Runs the command line on arguments made from bytes; only over a library that is missing or needs no model."""
    import os

    import atheris
    from typer.testing import CliRunner

    from corpus.errors import CorpusError
    from corpus.library import Library
    from embeddings.errors import EmbeddingError
    from qa.cli import app
    from qa.errors import QAError

    os.environ |= {"HOME": str(folder), "CITEWIRE_LIBRARY": str(folder / "none")}  # never the user's own
    os.chdir(folder)
    Library.open(folder / "lib", create=True).close()
    commands = (
        "list",
        "show",
        "remove",
        "stats",
        "feeds add",
        "feeds list",
        "feeds remove",
        "ask",
        "search",
        "timeline",
        "chat",
        "eval",
        "reindex",
    )
    modelless = ("list", "show", "remove", "stats")
    words = (
        "--json", "--since", "--until", "2022-05-04", "--publisher", "-k", "--level", "sentence", "--version", "1", "--diff", "--batch",
        "-", "--reader", "llm", "--help", "add", "remove", "--", "--questions", "--suite", "--threshold", "--continue", "",
    )  # fmt: skip

    def run(data: bytes) -> int:
        given = atheris.FuzzedDataProvider(data)
        name = commands[given.ConsumeIntInRange(0, len(commands) - 1)]
        arguments = [
            words[given.ConsumeIntInRange(0, len(words) - 1)] if given.ConsumeBool()
            else given.ConsumeUnicode(12).replace("/", "").replace("\0", "")
            for _ in range(given.ConsumeIntInRange(0, 6))
        ]  # fmt: skip
        library = folder / "lib" if name in modelless or name.startswith("feeds") else folder / "none"
        done = CliRunner().invoke(
            app, [*name.split(), "--library", str(library), *arguments], input=given.ConsumeUnicode(40)
        )
        if not isinstance(done.exception, SystemExit | CorpusError | EmbeddingError | QAError | None):
            raise done.exception
        return 1

    return run


# ---- one target, in a process of its own


def child(target: str, seconds: int, folder: Path) -> None:
    """Fuzz one target until the time is over; what was found is written to `FOLDER/TARGET.json` all the while."""
    import atheris

    with atheris.instrument_imports(include=["corpus"]):
        if target == ARGUMENTS:
            run = _command(folder)
        else:
            read(target, b"")  # imports

            def run(data: bytes) -> int:
                return read(target, _docx(data) if target == "docx" else data)

    state: dict[str, Any] = {"inputs": 0, "articles": 0, "slowest_seconds": 0.0, "crashes": {}}
    began = last = time.monotonic()

    def one(data: bytes) -> None:
        nonlocal last
        start = time.monotonic()
        try:
            state["articles"] += run(data)
        except Exception as error:  # whatever it is, it is what is looked for
            _note(state["crashes"], error, folder, target, data)
        now = time.monotonic()
        state["inputs"] += 1
        state["slowest_seconds"] = max(state["slowest_seconds"], round(now - start, 2))
        if now - last > 1 or now - began > seconds - 1:
            last = now
            (folder / f"{target}.json").write_text(json.dumps(state))

    corpus = folder / "corpus" / target
    options = (
        ("-max_total_time", seconds),
        ("-timeout", HANG),
        ("-rss_limit_mb", MEMORY),
        ("-max_len", LARGEST),
        ("-verbosity", 0),
        ("-report_slow_units", HANG),
    )
    arguments = [f"{name}={value}" for name, value in options]
    atheris.Setup([sys.argv[0], *arguments, f"-artifact_prefix={folder}/died-{target}-", "-seed=1", str(corpus)], one)
    atheris.Fuzz()


def _note(crashes: dict[str, Any], error: Exception, folder: Path, target: str, data: bytes) -> None:
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "site-packages" not in f.filename]
    place = (
        f"{type(error).__name__} at {Path(frames[-1].filename).name}:{frames[-1].name}"
        if frames
        else type(error).__name__
    )
    if place not in crashes:
        (folder / f"found-{target}-{len(crashes)}").write_bytes(data)
        crashes[place] = {"times": 0, "message": ascii(str(error))[:200], "input": f"found-{target}-{len(crashes)}"}
    crashes[place]["times"] += 1


def fuzz(target: str, seconds: int, folder: Path, data: Path | None) -> dict[str, Any]:
    """Run one target in a process of its own; what it found."""
    corpus = folder / "corpus" / target
    corpus.mkdir(parents=True)
    begin = [*seeds(target)]
    for name in SEEN.get(target, ()) if data else ():
        begin += [
            f.read_bytes()
            for f in sorted((data or Path()).joinpath("malformed_inputs", name).rglob("*"))
            if f.is_file()
        ]
    for number, seed in enumerate(begin):
        (corpus / f"seed-{number}").write_bytes(seed[:LARGEST])
    log = (folder / f"{target}.log").open("wb")
    command = [
        sys.executable,
        "-m",
        "benchmarks.fuzz",
        "--child",
        target,
        "--seconds",
        str(seconds),
        "--keep",
        str(folder),
    ]
    ended = subprocess.run(command, stdout=log, stderr=log, check=False, timeout=seconds + 300)
    log.close()
    found: dict[str, Any] = json.loads((folder / f"{target}.json").read_text())
    if died := sorted(file.name for file in folder.glob(f"died-{target}-*")):
        found["crashes"]["the process died"] = {
            "times": len(died),
            "message": f"exit code {ended.returncode}",
            "input": died[0],
        }
    return found


def main() -> None:
    """Fuzz all targets, write the result; fails when anything crashed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=600, help="for all targets together")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--target", choices=(*KINDS, ARGUMENTS))
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--child", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.child, options.seconds, options.keep.resolve())
        return
    targets = [options.target] if options.target else [*KINDS, ARGUMENTS]
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        found = {target: fuzz(target, options.seconds // len(targets), folder, options.data) for target in targets}
    crashes = sum(len(one["crashes"]) for one in found.values())
    values = {
        "seconds": options.seconds, "inputs": sum(one["inputs"] for one in found.values()), "crashes": crashes,
        "slowest_seconds": max(one["slowest_seconds"] for one in found.values()), "targets": found,
    }  # fmt: skip
    if options.target:
        sys.stdout.write(json.dumps(values, indent=2) + "\n")
    else:
        folders = (
            [options.data / "malformed_inputs" / name for names in SEEN.values() for name in names]
            if options.data
            else []
        )
        used = [file for folder in folders for file in folder.rglob("*") if file.is_file()]
        write_result("fuzz", values, used, f"--seconds {options.seconds}" + " --data FOLDER" * bool(options.data))
    sys.exit(1 if crashes else 0)


if __name__ == "__main__":
    main()
