"""Refusals as RFC 9457 problem answers: a code for machines, a Vietnamese sentence for people, never what was sent."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from opentelemetry import trace
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException
from starlette.responses import Response

from contracts.errors import BadInput, Forbidden, NoRoom, NotFound, Refused, TiepdanError, Unavailable
from services.chassis.auth.tokens import NotAuthenticated
from services.chassis.telemetry.meters import Meters
from services.chassis.web.pages import page_if_wanted
from services.chassis.web.sentences import sentence_for

MEDIA_TYPE: Final = "application/problem+json"
SERVER_ERROR: Final = 500

_STATUS: Final = (
    (BadInput, 422),
    (Refused, 409),
    (NotFound, 404),
    (Forbidden, 403),
    (NotAuthenticated, 401),
    (NoRoom, 507),
    (Unavailable, 503),
)
_TITLES: Final = {
    400: "Yêu cầu không hợp lệ",
    401: "Chưa đăng nhập",
    403: "Không có quyền",
    404: "Không tìm thấy",
    405: "Phương thức không được hỗ trợ",
    409: "Không thực hiện được",
    413: "Nội dung quá lớn",
    415: "Định dạng không được hỗ trợ",
    422: "Dữ liệu chưa đúng",
    429: "Quá nhiều yêu cầu",
    500: "Lỗi hệ thống",
    503: "Tạm thời chưa phục vụ được",
    507: "Hết chỗ lưu trữ",
}
_BY_STATUS: Final = {
    400: ("bad_request", "Không đọc được nội dung yêu cầu."),
    401: ("not_authenticated", "Cần đăng nhập bằng tài khoản hợp lệ."),
    403: ("forbidden", "Tài khoản không có quyền thực hiện việc này."),
    404: ("not_found", "Không có địa chỉ này."),
    405: ("method_not_allowed", "Địa chỉ này không nhận phương thức đó."),
    413: ("body_too_large", "Nội dung gửi lên vượt quá giới hạn cho phép."),
    415: ("unsupported_media_type", "Không nhận định dạng nội dung này."),
    429: ("too_many_requests", "Quá nhiều yêu cầu; xin thử lại sau."),
}
_RESERVED: Final = frozenset({"type", "title", "status", "detail", "instance", "code", "errors", "trace_id"})
_PARTS: Final = frozenset({"body", "query", "path", "header", "cookie"})
_ERRORS_MAX: Final = 50


DESCRIBED: Final[dict[int | str, dict[str, Any]]] = {
    status: {"description": title, "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    for status, title in (("4XX", "Bị từ chối"), ("5XX", "Chưa phục vụ được"))
}
"""What every door may answer beside its own, for the description of the interface."""


class WrongField(BaseModel):
    """One field that does not fit."""

    field: str
    rule: str
    text: str


class Problem(BaseModel):
    """A refusal (RFC 9457). Facts of the refusal may stand beside these members."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[WrongField] | None = None
    trace_id: str | None = None


def status_of(error: TiepdanError) -> int:
    """The HTTP status of a refusal."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def answer(
    status: int,
    code: str,
    sentence: str,
    facts: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A problem answer. ``facts`` are members beside the standard ones; they never replace those."""
    problem: dict[str, Any] = {
        "type": f"urn:tiepdan:{code}",
        "title": _TITLES.get(status, _TITLES[400 if status < SERVER_ERROR else SERVER_ERROR]),
        "status": status,
        "detail": sentence,
        "code": code,
    } | dict(facts or {})
    return Response(orjson.dumps(problem), status, headers, media_type=MEDIA_TYPE)


def of_refusal(error: TiepdanError) -> Response:
    """The answer to a refusal of ours."""
    headers: dict[str, str] = {}
    if isinstance(error, Unavailable):
        headers["Retry-After"] = str(error.retry_after_seconds)
    if isinstance(error, NotAuthenticated):
        headers["WWW-Authenticate"] = 'Bearer realm="tiepdan"' + (
            "" if error.reason == "no_token" else ', error="invalid_token"'
        )
    facts = {name: value for name, value in error.facts.items() if name not in _RESERVED}
    return answer(status_of(error), error.code, error.sentence, facts, headers)


def of_status(status: int, headers: Mapping[str, str] | None = None) -> Response:
    """The answer to what the framework refused; its own words are dropped, for they may quote the request."""
    code, sentence = _BY_STATUS.get(status, _BY_STATUS[400])
    return answer(status, code, sentence, headers=headers)


def of_bug() -> Response:
    """The answer to an unexpected error: a trace id to look for, and nothing of the inside."""
    span = trace.get_current_span().get_span_context()
    facts = {"trace_id": f"{span.trace_id:032x}"} if span.is_valid else {}
    return answer(500, "internal_error", "Hệ thống gặp lỗi; sự việc đã được ghi nhận.", facts)


def add_problem_answers(app: FastAPI, meters: Meters) -> None:
    """Answer every refusal of this app with a problem."""
    known = _KnownNames(app)

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, TiepdanError)  # noqa: S101 - registered for this type only
        if isinstance(error, NotAuthenticated):
            meters.tokens_refused.labels(error.reason).inc()
        meters.answers_refused.labels(error.code).inc()
        return page_if_wanted(request.scope, of_refusal(error))

    async def not_served(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - the same
        return page_if_wanted(request.scope, of_status(error.status_code, error.headers))

    async def not_valid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101 - the same
        meters.answers_refused.labels("invalid_request").inc()
        return page_if_wanted(request.scope, of_invalid(error.errors(), known.names()))

    _describe_problems(app)
    app.add_exception_handler(TiepdanError, refused)
    app.add_exception_handler(HTTPException, not_served)
    app.add_exception_handler(RequestValidationError, not_valid)


def _describe_problems(app: FastAPI) -> None:
    described = app.openapi

    def openapi() -> dict[str, Any]:
        description = described()
        schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        known = description.setdefault("components", {}).setdefault("schemas", {})
        known |= {"Problem": schema, **schema.pop("$defs", {})} if "Problem" not in known else {}
        return description

    app.openapi = openapi  # type: ignore[method-assign] # the framework's own way to add to a description


def of_invalid(errors: Iterable[Any], known_names: frozenset[str]) -> Response:
    """The answer to fields that do not fit: where and which rule, never the value.

    A name that the interface does not know came from the sender, and is shown as ``*``.
    """
    found = [
        {"field": _path(error["loc"], known_names), "rule": str(error["type"]), "text": sentence_for(error)}
        for error in list(errors)[:_ERRORS_MAX]
    ]
    return answer(422, "invalid_request", "Dữ liệu gửi lên chưa đúng; xem từng mục.", {"errors": found})


def _path(location: Iterable[Any], known_names: frozenset[str]) -> str:
    return ".".join(str(part) if isinstance(part, int) or part in known_names else "*" for part in location)


class _KnownNames:
    """Every field and parameter name of the interface, read once from its own description."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self._names: frozenset[str] | None = None

    def names(self) -> frozenset[str]:
        if self._names is None:
            self._names = _PARTS | frozenset(_names_in(self._app.openapi()))
        return self._names


def _names_in(node: Any) -> Iterable[str]:
    if isinstance(node, dict):
        properties = node.get("properties")
        if isinstance(properties, dict):
            yield from properties
        if isinstance(node.get("name"), str) and "in" in node:
            yield node["name"]
        for child in node.values():
            yield from _names_in(child)
    elif isinstance(node, list):
        for child in node:
            yield from _names_in(child)
