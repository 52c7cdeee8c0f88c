"""The situations of examples/cases, and what they have to give."""

import json
import tomllib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, Final

from services.routing.answering import Answer, CannotBe, answer, read
from services.routing.contradictions import Finding
from tests.routing.given import LAW

FOLDER: Final = Path(__file__).parents[2] / "examples" / "cases"
DAYS: Final = 10
EXPECTED: Final[dict[str, dict[str, Any]]] = tomllib.loads((FOLDER / "expected.toml").read_text(encoding="utf-8"))
IDS: Final = sorted(EXPECTED)


def body(case_id: str) -> bytes:
    return (FOLDER / f"{case_id}.json").read_bytes()


def situation(case_id: str = "C01", **changes: Any) -> dict[str, Any]:
    """The situation, with other members."""
    stated: dict[str, Any] = json.loads(body(case_id))
    return stated | changes


def petition(case_id: str = "C01", **changes: Any) -> dict[str, Any]:
    """The situation, its petition with other fields, and no events."""
    stated = situation(case_id)
    kept = {name: value for name, value in (stated["petition"] | changes).items() if value is not ...}
    return {"petition": kept, "persons": stated.get("persons", [])}


def told(stated: dict[str, Any]) -> Answer:
    return answer(read(json.dumps(stated)), LAW, supplement_answer_working_days=DAYS)


def findings(stated: dict[str, Any] | str) -> tuple[Finding, ...]:
    """What cannot be so in it. Fails the test when everything can."""
    text = stated if isinstance(stated, str) else json.dumps(stated)
    try:
        answer(read(text), LAW, supplement_answer_working_days=DAYS)
    except CannotBe as refusal:
        return refusal.findings
    raise AssertionError("answered, though it cannot be so")


def codes(stated: dict[str, Any] | str) -> list[tuple[str, str]]:
    return [(finding.field, finding.code) for finding in findings(stated)]


def changed(base: dict[str, Any], change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    change(base)
    return base


def due_days(given: Any) -> dict[str, list[str]]:
    """Every last day that each clock had, in order, as the steps of an answer (JSON) tell them."""
    found: dict[str, list[str]] = {}
    for step in given["steps"]:
        for change in step["changed"]:
            if change["what"] == "clock" and _is_day(change["after"]):
                found.setdefault(change["clock"], []).append(change["after"])
    return found


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
