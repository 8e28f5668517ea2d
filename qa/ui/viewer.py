"""The source viewer: one component a page that opens in the browser, without a rerun or a trip to the server.

All text enters the page through `textContent`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

_HERE = Path(__file__).parent
_HTML = """
<dialog class="v" aria-labelledby="vt">
  <header><div class="k"><span class="pub"></span><span class="dot">·</span><time></time></div>
    <button class="x" type="button" aria-label="Close source">✕</button></header>
  <div class="scroll" tabindex="0" role="region" aria-label="Article text">
    <h2 id="vt" tabindex="-1"></h2>
    <p class="meta url"><span class="author"></span><a target="_blank" rel="noopener noreferrer nofollow"></a></p>
    <div class="body"></div>
    <p class="meta"><a class="full" target="_self">Open the full article</a></p>
  </div>
  <footer><button class="prev" type="button" aria-label="Previous source">←</button><span class="pos" role="status"></span>
    <button class="copy" type="button">Copy quote</button><button class="next" type="button" aria-label="Next source">→</button></footer>
</dialog>"""
_viewer = st.components.v2.component(
    "citewire_viewer",
    html=_HTML,
    css=(_HERE / "viewer.css").read_text(encoding="utf-8"),
    js=(_HERE / "viewer.js").read_text(encoding="utf-8"),
)


def viewer(groups: dict[str, list[dict[str, Any]]]) -> None:
    """Mount the viewer with the sources of each answer: `{turn id: render.viewer_group(...)}`."""
    _viewer(key="viewer", data={"groups": groups})
