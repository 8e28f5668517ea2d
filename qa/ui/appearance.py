"""Light, dark, or as the system has it: kept by the browser, for it alone. The server neither knows nor stores it.

Streamlit reads its color scheme from the browser's storage, one entry for each page's address, when a page is loaded.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import streamlit as st

from qa.ui import places

_ASSETS = Path(__file__).with_name("assets")
_chooser = st.components.v2.component(
    "citewire_appearance",
    html=(_ASSETS / "appearance.html").read_text(encoding="utf-8"),
    css=(_ASSETS / "appearance.css").read_text(encoding="utf-8"),
    js=(_ASSETS / "appearance.js").read_text(encoding="utf-8"),
)


def choose() -> None:
    """Draw the choice; taking one loads the page anew."""
    _chooser(key="appearance", data={"pages": [quote(page.url_path) for page in places.every()]})
    st.html(
        '<p class="cw-meta">Kept in this browser. Days are written as its language has them: '
        "“May 3, 2023” in American English, else “3 May 2023”.</p>"
    )
