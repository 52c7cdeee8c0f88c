"""/docs on a closed network: Swagger UI from the installed wheel, nothing from any public CDN.

The wheel carries Swagger UI 4.15, which reads OpenAPI 3.0 only. /openapi.json stays 3.1, for machines; the page reads
/docs/openapi.json, the same description said in 3.0.
"""

from pathlib import Path
from typing import Any, Final

import swagger_ui_bundle
from fastapi import APIRouter, FastAPI
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, Response

from contracts.errors import NotFound

_ASSETS: Final = Path(str(swagger_ui_bundle.swagger_ui_path))
_SERVED: Final = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "favicon-32x32.png": "image/png",
}
_HEADERS: Final = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'",
}
_PAGE: Final = """<!doctype html>
<html lang="vi"><head><meta charset="utf-8"><title>{title}</title>
<link rel="icon" href="/docs/assets/favicon-32x32.png"><link rel="stylesheet" href="/docs/assets/swagger-ui.css">
</head><body><div id="swagger-ui"></div>
<noscript>Trang này cần JavaScript. Bản mô tả: <a href="/openapi.json">/openapi.json</a></noscript>
<script src="/docs/assets/swagger-ui-bundle.js"></script><script src="/docs/start.js"></script></body></html>"""
_START: Final = """window.ui = SwaggerUIBundle({
  url: "/docs/openapi.json", dom_id: "#swagger-ui", deepLinking: true, validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis], layout: "BaseLayout", persistAuthorization: false
});"""


def docs_routes(app: FastAPI) -> APIRouter:
    """/docs and what it needs."""
    router = APIRouter(include_in_schema=False)

    @router.get("/docs")
    async def page() -> HTMLResponse:
        return HTMLResponse(_PAGE.format(title=app.title), headers=_HEADERS)

    @router.get("/docs/start.js")
    async def start() -> Response:
        return Response(_START, media_type="text/javascript")

    @router.get("/docs/openapi.json")
    async def description() -> JSONResponse:
        return JSONResponse(as_openapi_3_0(app.openapi()))

    @router.get("/docs/assets/{name}")
    async def asset(name: str) -> FileResponse:
        if name not in _SERVED:
            raise NotFound("not_found", "Không có địa chỉ này.")
        return FileResponse(_ASSETS / name, media_type=_SERVED[name])

    return router


def as_openapi_3_0(description: dict[str, Any]) -> dict[str, Any]:
    """The same description in the words of OpenAPI 3.0."""
    said: dict[str, Any] = _in_3_0(description)
    return {**said, "openapi": "3.0.3"}


def _in_3_0(node: Any) -> Any:
    if isinstance(node, list):
        return [_in_3_0(child) for child in node]
    if not isinstance(node, dict):
        return node
    said = {name: _in_3_0(child) for name, child in node.items()}
    _say_nullable(said)
    if "const" in said and "properties" not in said:
        said["enum"] = [said.pop("const")]
    for bound, flag in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(said.get(bound), int | float) and not isinstance(said.get(bound), bool):
            said[flag], said[bound] = said[bound], True
    if isinstance(said.get("prefixItems"), list):
        said["items"] = {"anyOf": said.pop("prefixItems")}
    return said


def _say_nullable(said: dict[str, Any]) -> None:
    choices = said.get("anyOf")
    if not isinstance(choices, list) or {"type": "null"} not in choices:
        return
    rest = [choice for choice in choices if choice != {"type": "null"}]
    del said["anyOf"]
    said["nullable"] = True
    if len(rest) == 1 and "$ref" not in rest[0]:
        said.update(rest[0])
    else:
        said["anyOf"] = rest
