"""The dependencies of routes: each names the role that it needs, and gets the name under which the caller is logged."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Header, Request

from qa.server.access import Access, Role


class Roles:
    """`reader` and `editor` for `dependencies=[...]` of a route; `who: str = roles.editor` gives who is asking."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self.reader: Any = Depends(self._needs(Role.reader))
        self.editor: Any = Depends(self._needs(Role.editor))

    def _needs(self, needed: Role) -> Any:
        def check(request: Request, authorization: Annotated[str | None, Header()] = None) -> str:
            return self._access.require(needed, authorization, request.client.host if request.client else "")

        return check
