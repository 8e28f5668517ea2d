"""Plots, each with its numbers as a table beside it. Colors come from the theme, so they read on light and on dark.

A plot is drawn from plain rows; the words in it are shown by Vega as text, never as markup.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import altair as alt
import streamlit as st

from qa.ui.render import escape

Row = dict[str, Any]
MAP_HEIGHT = 540  # pixels, its legend included
INK = {"light": "#645c50", "dark": "#b3aa9c"}  # `--cw-quiet`: Streamlit's own gray has 3.6:1 on the light background


def _chart(rows: Sequence[Row]) -> alt.Chart:
    return alt.Chart(alt.Data(values=list(rows)))  # type: ignore[no-untyped-call]


def bars_over_time(rows: Sequence[Row], periods: Sequence[str], names: Sequence[str], unit: str) -> alt.Chart:
    """Stacked bars of `count` by `period`, one color for each of `names`. Every period has its place, also empty ones."""
    few = periods if len(periods) <= 12 else [p for i, p in enumerate(periods) if i % -(-len(periods) // 10) == 0]
    chart: alt.Chart = (
        _chart(rows)
        .mark_bar()
        .encode(
            x=alt.X("period:N", title=None, scale=alt.Scale(domain=list(periods)),
                    axis=alt.Axis(values=few, labelAngle=0, labelOverlap=True)),
            y=alt.Y("sum(count):Q", title="Articles", axis=alt.Axis(tickMinStep=1, format="d")),
            color=alt.Color("publisher:N", title=None, sort=list(names), scale=alt.Scale(domain=list(names)),
                            legend=alt.Legend(orient="bottom", columns=2, labelLimit=160)),
            order=alt.Order("rank:Q"),
            tooltip=[alt.Tooltip("period:N", title=unit.capitalize()), alt.Tooltip("publisher:N", title="Publisher"),
                     alt.Tooltip("count:Q", title="Articles")],
        )
        .properties(height=300)
    )  # fmt: skip
    return chart


def bars(rows: Sequence[Row], title: str) -> alt.Chart:
    """Horizontal bars of `count` by `name`, in the order given."""
    chart: alt.Chart = (
        _chart(rows)
        .mark_bar(height=14, cornerRadius=3)
        .encode(
            x=alt.X("count:Q", title=title, axis=alt.Axis(tickMinStep=1, format="d")),
            y=alt.Y(
                "name:N", title=None, sort=None, axis=alt.Axis(labelLimit=180, labelOverlap=False, labelFlush=False)
            ),
            tooltip=[alt.Tooltip("name:N", title="Name"), alt.Tooltip("count:Q", title=title)],
        )
        .properties(height=28 * len(rows) + 60)
    )
    return chart


def points(rows: Sequence[Row], names: Sequence[str]) -> alt.Chart:
    """Dots at `x` and `y`, colored by `group`; a click selects the `id`."""
    chosen = alt.selection_point(name="article", fields=["id"], on="click", clear=False)
    hidden = alt.Axis(labels=False, ticks=False, domain=False, grid=False, title=None)
    chart: alt.Chart = (
        _chart(rows)
        .mark_circle(size=130 if len(rows) <= 500 else 40, opacity=0.9, cursor="pointer")
        .encode(
            x=alt.X("x:Q", axis=hidden, scale=alt.Scale(zero=False, padding=12)),
            y=alt.Y("y:Q", axis=hidden, scale=alt.Scale(zero=False, padding=12)),
            color=alt.Color("group:N", title=None, sort=list(names), scale=alt.Scale(domain=list(names)),
                            legend=alt.Legend(orient="bottom", columns=2, labelLimit=260)),
            tooltip=[alt.Tooltip("title:N", title="Title"), alt.Tooltip("publisher:N", title="Publisher"),
                     alt.Tooltip("day:N", title="Date"), alt.Tooltip("group:N", title="Group")],
        )
        .properties(height=MAP_HEIGHT)
        .add_params(chosen)
    )  # fmt: skip
    return chart


def intervals(rows: Sequence[Row], title: str) -> alt.LayerChart:
    """A dot at `value` for each `name`, with a line from `low` to `high`: a share in [0, 1] with its 95 % interval."""
    base = _chart(rows).encode(y=alt.Y("name:N", title=None, sort=None,
                                                                axis=alt.Axis(labelLimit=240, labelOverlap=False, labelFlush=False)))  # fmt: skip
    x = alt.X("value:Q", title=title, scale=alt.Scale(domain=[0, 1]))
    tips = [alt.Tooltip("name:N", title="Measure"), alt.Tooltip("value:Q", title="Value", format=".3f"),
            alt.Tooltip("low:Q", title="From", format=".3f"), alt.Tooltip("high:Q", title="To", format=".3f")]  # fmt: skip
    line = base.mark_bar(height=4, opacity=0.4).encode(x=alt.X("low:Q", title=title), x2="high:Q")
    chart: alt.LayerChart = (line + base.mark_circle(size=80, opacity=1).encode(x=x, tooltip=tips)).properties(
        height=30 * len(rows) + 60
    )
    return chart


def draw(chart: alt.Chart | alt.LayerChart, alt_text: str, key: str, *, select: bool = False) -> Any:
    """Put a plot on the page; `alt_text` says what it shows. What was clicked is returned, if that is asked for."""
    if ink := INK.get(st.context.theme.type or ""):
        chart = chart.configure_axis(labelColor=ink, titleColor=ink).configure_legend(labelColor=ink)
    return st.altair_chart(
        chart, width="stretch", alt=alt_text, key=key, on_select="rerun" if select else "ignore"
    )  # fmt: skip


def numbers(head: Sequence[str], rows: Iterable[Sequence[object]], caption: str, *, label: str = "As a table") -> None:
    """The numbers of a plot, folded away."""
    with st.expander(label, icon=":material/table_rows:"):
        st.html(table(head, rows, caption))


def table(head: Sequence[str], rows: Iterable[Sequence[object]], caption: str) -> str:
    """A table as HTML: a heading for each column and each row, numbers to the right."""
    body = [list(row) for row in rows]
    right = [bool(body) and all(_is_number(row[i]) for row in body) for i in range(len(head))]
    marks = [' class="cw-num"' if numeric else "" for numeric in right]
    top = "".join(f'<th scope="col"{mark}>{escape(name)}</th>' for name, mark in zip(head, marks, strict=True))
    lines = []
    for first, *rest in body:
        cells = "".join(f"<td{mark}>{escape(_text(cell))}</td>" for cell, mark in zip(rest, marks[1:], strict=True))
        lines.append(f'<tr><th scope="row">{escape(_text(first))}</th>{cells}</tr>')
    return (
        f'<div class="cw-scroll" tabindex="0" role="region" aria-label="{escape(caption)}">'
        f'<table class="cw-table"><caption class="cw-sr">{escape(caption)}</caption>'
        f"<thead><tr>{top}</tr></thead><tbody>{''.join(lines)}</tbody></table></div>"
    )


def _is_number(cell: object) -> bool:
    return cell is None or isinstance(cell, int | float)


def _text(cell: object) -> str:
    if cell is None:
        return "–"
    return f"{cell:,}" if isinstance(cell, int) else f"{cell:.4g}" if isinstance(cell, float) else str(cell)
