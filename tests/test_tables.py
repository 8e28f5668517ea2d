"""The published numbers: every block of the README is what the committed results say."""

from __future__ import annotations

import pytest

from benchmarks.cells import best, share, table
from benchmarks.tables import BLOCKS, OPENING, TableError, pages, rewritten


def test_published_numbers_are_the_measured_ones() -> None:
    found = {page: page.read_text() for page in pages()}
    assert {page: rewritten(text) for page, text in found.items()} == found
    assert sum(len(OPENING.findall(text)) for text in found.values()) >= len(BLOCKS)


def test_a_block_is_rewritten_and_nothing_else() -> None:
    page = "Before\n<!-- table:one -->\nold\n<!-- /table -->\nbetween <!-- table:one -->\n<!-- /table --> after\n"
    once = rewritten(page, {"one": lambda: table(["a", "b"], [["1", "2"]])})
    assert once.startswith("Before\n<!-- table:one -->\n| a | b |\n| --- | --- |\n| 1 | 2 |\n<!-- /table -->\nbetween ")
    assert once.endswith("| 1 | 2 |\n<!-- /table --> after\n")
    assert rewritten(once, {"one": lambda: "| a | b |"}) == rewritten(page, {"one": lambda: "| a | b |"})


@pytest.mark.parametrize(
    "page", ["<!-- table:two -->\n<!-- /table -->", "<!-- table:one -->\n", "<!-- table:one --><!-- /table -->"]
)
def test_a_block_that_cannot_be_written_is_named(page: str) -> None:
    with pytest.raises(TableError):
        rewritten(page, {"one": lambda: "1"})


def test_the_best_is_bold_whoever_it_is() -> None:
    assert best([0.9251, 0.9249, 1.0], share) == [".925", ".925", "**1.000**"]
    assert best([12.0, 12.0, 30.0], str, least=True) == ["**12.0**", "**12.0**", "30.0"]
    assert best([None, 0.5], share) == ["–", "**.500**"]
