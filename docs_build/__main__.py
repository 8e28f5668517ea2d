"""The reference pages, written from the code: none of their lines is typed by hand.

python -m docs_build            writes docs/reference/
python -m docs_build --check    changes nothing; fails when a page is not what the code says
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from docs_build import commands, decisions, rest, settings

DOCS = Path(__file__).parent.parent / "docs"
REFERENCE = DOCS / "reference"


def written() -> dict[Path, str]:
    """Each page with the text that it should have."""
    return {
        REFERENCE / "cli.md": commands.page(),
        REFERENCE / "settings.md": settings.page(),
        REFERENCE / "rest.md": rest.page(rest.description()),
        DOCS / "decisions/README.md": decisions.page(DOCS / "decisions"),
    }


def stale() -> dict[Path, str]:
    """The pages that are not as they should be."""
    return {page: text for page, text in written().items() if not page.exists() or page.read_text() != text}


def main() -> None:
    """Write or check."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    found = stale()
    for page, text in found.items():
        if options.check:
            sys.stderr.write(f"{page.name} is not what the code says. Run: python -m docs_build\n")
        else:
            page.write_text(text)
    sys.exit(1 if options.check and found else 0)


if __name__ == "__main__":
    main()
