"""The door where anybody in office may ask "what if": a situation in, what the law says out. Nothing is kept."""

from collections.abc import Callable
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from contracts.vocabulary import Role
from services.chassis.auth.caller import Caller
from services.chassis.web.problems import answer as problem
from services.routing.answering import Answer, CannotBe, answer, read
from services.routing.domain.law import Law
from services.routing.situation import Situation

ASKERS: Final = tuple(
    role
    for role in Role
    if role not in {Role.CITIZEN, Role.REPRESENTATIVE, Role.INTERPRETER, Role.POINT_DEVICE, Role.SYSTEM_OPERATOR}
)
"""Every function of an office. What is asked is nobody's case, so no unit limits it."""

_SCHEMAS: Final = "#/components/schemas/"
_BODY: Final = {
    "required": True,
    "content": {"application/json": {"schema": {"$ref": f"{_SCHEMAS}Situation"}}},
}


def make_asking(law: Callable[[], Law], supplement_answer_working_days: int, caller: Callable[..., Any]) -> APIRouter:
    """POST /v1/routing/explain. ``law``: the law as it stands when somebody asks."""
    router = APIRouter(prefix="/v1/routing", tags=["routing"])
    Who = Annotated[Caller, Depends(caller)]  # noqa: N806 - a type, made per service

    @router.post(
        "/explain",
        summary="Hỏi trước: pháp luật nói gì về một tình huống; không lưu gì",
        response_model=Answer,
        openapi_extra={"requestBody": _BODY},
    )
    async def explain(request: Request, who: Who) -> Response:
        who.must_be(*ASKERS)
        body = await request.body()
        return await run_in_threadpool(answered, body, law(), supplement_answer_working_days)

    return router


def describe_situation(app: FastAPI) -> None:
    """Put the manual of a situation into the description of the interface."""
    described = app.openapi

    def openapi() -> dict[str, Any]:
        description = described()
        schemas = description.setdefault("components", {}).setdefault("schemas", {})
        if "Situation" not in schemas:
            schema = Situation.model_json_schema(ref_template=_SCHEMAS + "{model}")
            parts = schema.pop("$defs", {})
            schemas.update({name: part for name, part in parts.items() if name not in schemas}, Situation=schema)
        return description

    app.openapi = openapi  # type: ignore[method-assign] # the framework's own way to add to a description


def answered(body: bytes, law: Law, supplement_answer_working_days: int) -> Response:
    """Our own reading of the body: strict, and every wrong field named as the sender wrote it."""
    try:
        given = answer(read(body), law, supplement_answer_working_days=supplement_answer_working_days)
    except CannotBe as refusal:
        errors = [{"field": one.field, "rule": one.code, "text": one.text} for one in refusal.findings]
        return problem(422, refusal.code, refusal.sentence, {"errors": errors})
    return Response(given.model_dump_json(), media_type="application/json")
