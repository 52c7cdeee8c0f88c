"""Pages for people: one base template, one stylesheet, no script, nothing from elsewhere."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Scope

from contracts.errors import Forbidden

_HERE: Final = Path(__file__).parent
_STYLESHEET: Final = (_HERE / "static" / "tiepdan.css").read_bytes()
_PROBLEM: Final = "application/problem+json"
_KEPT_HEADERS: Final = ("retry-after", "www-authenticate", "allow")


class Pages:
    """Renders templates: a service's own folders first, then the chassis's (``base.html``, ``refused.html``)."""

    def __init__(self, *folders: Path) -> None:
        self._templates = Environment(
            loader=FileSystemLoader([*folders, _HERE / "templates"]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def render(self, template: str, status: int = 200, **values: Any) -> HTMLResponse:
        """A page. Values are escaped; an unknown name in a template is an error, not a blank."""
        return HTMLResponse(self._templates.get_template(template).render(values), status)


_PAGES: Final = Pages()


def page_if_wanted(scope: Scope, problem: Response) -> Response:
    """A problem answer as a page for a browser that asks for one; for everybody else as it is."""
    headers = Headers(scope=scope)
    wants_page = headers.get("accept", "").startswith("text/html") and not scope["path"].startswith("/v1/")
    if not wants_page or problem.media_type != _PROBLEM:
        return problem
    said: Mapping[str, Any] = json.loads(bytes(problem.body))
    page = _PAGES.render("refused.html", problem.status_code, problem=said)
    for name in _KEPT_HEADERS:
        if name in problem.headers:
            page.headers[name] = problem.headers[name]
    return page


def from_own_page(request: Request) -> None:
    """A dependency for form posts. Errors: Forbidden("cross_site") when another site's page sent the form."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    is_foreign = site not in {None, "same-origin", "none"}
    if is_foreign or (origin is not None and urlsplit(origin).netloc != request.headers.get("host")):
        raise Forbidden("cross_site", "Biểu mẫu phải được gửi từ chính trang này.")


def static_routes() -> APIRouter:
    """The stylesheet."""
    router = APIRouter(include_in_schema=False)

    @router.get("/static/tiepdan.css")
    async def stylesheet() -> Response:
        return Response(_STYLESHEET, media_type="text/css", headers={"cache-control": "public, max-age=3600"})

    return router
