"""A second look at an answer under way: Streamlit's timer of a fragment stops now and then when many sessions are busy.

While the component is on the page it has the whole page drawn again every `SECONDS`; the answer's own fragment looks far more
often. Without it a page could show its spinner for ever, though the answer is long stored.
"""

from __future__ import annotations

import streamlit as st

SECONDS = 8
_watch = st.components.v2.component(
    "citewire_watch",
    html="<span hidden></span>",
    js=f"""export default function ({{ parentElement, setTriggerValue }}) {{
  clearTimeout(parentElement.citewireWatch);
  parentElement.citewireWatch = setTimeout(() => setTriggerValue('look', Date.now()), {SECONDS * 1000});
  return () => clearTimeout(parentElement.citewireWatch);
}}
""",
)


def watch() -> None:
    """Place it; to be left out once there is nothing to wait for."""
    _watch(key="watch", on_look_change=lambda: None)
