"""The frame of the page, drawn by the browser before any script of it has loaded: Streamlit's own first page is empty.

ASGI middleware that puts the name and the colors of the app into that page. React takes them away when it draws its own.
"""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ROOT = b'<div id="root"></div>'  # of Streamlit's page; without it the page is passed on as it is
TITLE = b"<title>Streamlit</title>"
# Colors and places are those of `.streamlit/config.toml` and `style.css`, so that nothing jumps when the page is drawn.
UNWANTED = (b"accept-encoding", b"if-none-match", b"if-modified-since")
# Until Streamlit has drawn the sidebar, its place is kept free; and what the style sheet changes in height is so at once.
HEAD = b"""<style>
  @media (min-width: 769px) {
    .stAppViewContainer:not(:has([data-testid="stSidebar"])) {
      padding-left: 300px; background: linear-gradient(to right, light-dark(#f8f3ea, #191612) 300px, transparent 300px);
    }
  }
  .stMainBlockContainer { padding-top: 3rem !important; }
  [data-testid="stSidebarContent"] [data-testid="stSidebarHeader"] { height: 2.6rem !important; margin-bottom: 0 !important; }
  .cw-brand { font-size: 1.4rem; }
</style></head>"""
FRAME = b"""<div id="root"><style>
  .cw-shell { position: fixed; inset: 0; display: flex; background: #fffdf9; color: #1f1b16; }
  .cw-shell div { width: 300px; box-sizing: border-box; padding: 46px 30px; background: #f8f3ea; border-right: 1px solid #f0e8da; }
  .cw-shell p { margin: 0; font: 650 22px/1.2 Georgia, serif; letter-spacing: -.02em; display: flex; gap: 8px; align-items: center; }
  .cw-shell i { width: 10px; height: 10px; border-radius: 50%; background: #9a3412; }
  @media (prefers-color-scheme: dark) {
    .cw-shell { background: #14120f; color: #efe9df; } .cw-shell div { background: #191612; border-color: #25211b; }
    .cw-shell i { background: #f59e6b; }
  }
  @media (max-width: 768px) { .cw-shell div { width: 100%; background: none; border: 0; padding: 18px 60px; } }
</style><div class="cw-shell" role="status" aria-label="Citewire is loading"><div><p><i></i>Citewire</p></div></div></div>"""


class Shell:
    """ASGI middleware that draws the frame into Streamlit's page."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; fill the page, if a page is what comes."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if "text/html" in headers.get("accept", ""):  # a visit: the page must come whole, and legible
            scope = {**scope, "headers": [pair for pair in scope["headers"] if pair[0] not in UNWANTED]}
        held: Message | None = None
        body = b""

        async def fill(message: Message) -> None:
            nonlocal held, body
            if message["type"] == "http.response.start" and _is_page(message):
                held = message
                return
            if held is None or message["type"] != "http.response.body":
                await send(message)
                return
            body += message.get("body", b"")
            if message.get("more_body"):
                return
            page = body
            for theirs, ours in ((ROOT, FRAME), (TITLE, b"<title>Citewire</title>"), (b"</head>", HEAD)):
                page = page.replace(theirs, ours, 1)
            answer = MutableHeaders(scope=held)
            answer["content-length"] = str(len(page))
            for stale in ("etag", "last-modified"):  # they are of the page as it was
                if stale in answer:
                    del answer[stale]
            await send(held)
            await send({"type": "http.response.body", "body": page})

        await self._app(scope, receive, fill)


def _is_page(start: Message) -> bool:
    headers = MutableHeaders(scope=start)
    html = headers.get("content-type", "").startswith("text/html")
    return bool(start["status"] == 200 and html and "content-encoding" not in headers)
