"""Refusing reception (LTCD 9; 154/2026 art. 4): most grounds orally and logged, two only by notice 01/TCD."""

from datetime import date
from typing import Final

from pydantic import BaseModel, ConfigDict

from contracts.errors import Refused
from contracts.facts.base import DocumentNumber
from contracts.facts.routing import ReceptionRefused
from contracts.ids import UnitId
from contracts.vocabulary import ReceptionRefusal
from services.routing.domain.acts.first_steps import FIRST_STEP
from services.routing.domain.acts.shared import KNPA, Decided, must_hold, said
from services.routing.domain.case import Action, Case, Refusal, RefusedReception, about, following, moved
from services.routing.domain.deadlines import ended, started_if_any
from services.routing.domain.law import Law

BY_NOTICE: Final = frozenset({ReceptionRefusal.SETTLED_BUT_PROLONGED, ReceptionRefusal.ANSWERED_NOTHING_NEW})
"""Only on these two grounds is 01/TCD issued; on all others one explains orally."""
_RULE: Final = "R16"


class Documented(BaseModel):
    """One element of the ground: the document that shows it, and its day."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    document_number: DocumentNumber
    """Its number and symbol."""
    on: date
    """Its day."""


class RefusalFile(BaseModel):
    """The five elements of "settled, reviewed, notified, received before, still prolonged" (LTCD 9(3))."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    settled: Documented | None = None
    """The decision that settled the matter rightly."""
    reviewed: Documented | None = None
    """The review that found it right."""
    notified: Documented | None = None
    """The written notice of that to the citizen."""
    received_and_explained: Documented | None = None
    """The record of a reception at which it was explained."""
    prolonged: Documented | None = None
    """The record showing that the citizen goes on all the same."""
    answered: Documented | None = None
    """Recommendations: the written answer that was given before (154/2026 art. 4(1)(h))."""


_ELEMENTS: Final = {
    "settled": "quyết định giải quyết đúng pháp luật",
    "reviewed": "kết quả rà soát",
    "notified": "thông báo bằng văn bản",
    "received_and_explained": "biên bản đã tiếp, giải thích",
    "prolonged": "biên bản cố tình kéo dài",
}


def refuse_reception(
    case: Case, *, ground: ReceptionRefusal, file: RefusalFile, by: UnitId, on: date, law: Law
) -> Decided:
    """Refuse reception (R16). Orally, the petition stands and all its clocks run: refusing never dodges a duty. By
    notice, R5 starts on the day on which the last element was there.

    Errors: Refused("element_missing") naming it; Refused("wrong_kind").
    """
    is_by_notice = ground in BY_NOTICE
    status = following(case, Action.REFUSE_BY_NOTICE if is_by_notice else Action.REFUSE_ORALLY)
    must_hold(case, by)
    refusals = (*case.refusals, _refusal(ground, on, law, is_by_notice=is_by_notice))
    if not is_by_notice:
        after = moved(case, law, refusals=refusals)
        return said(after, ReceptionRefused(**about(case), refused_on=on, ground=ground, is_by_notice=False))
    refused = _documented(case, ground, file, on)
    fresh = started_if_any(["R5"], refused.complete_on, law)
    clocks = (*ended(case.clocks, FIRST_STEP, on, law), *fresh)
    after = moved(case, law, status=status, clocks=clocks, reception_refused=refused, refusals=refusals)
    fact = ReceptionRefused(
        **about(after),
        refused_on=on,
        ground=ground,
        is_by_notice=True,
        clocks=tuple(clock.reading for clock in fresh),
    )
    return said(after, fact)


def _refusal(ground: ReceptionRefusal, on: date, law: Law, *, is_by_notice: bool) -> Refusal:
    row = law.find_rule(_RULE, on)
    articles = row.articles if row else ()
    return Refusal(refused_on=on, ground=ground, is_by_notice=is_by_notice, rule=_RULE, articles=articles)


def _documented(case: Case, ground: ReceptionRefusal, file: RefusalFile, on: date) -> RefusedReception:
    """The ground with its papers, and the day on which it was complete: every element documented, none from the
    future."""
    if ground is ReceptionRefusal.ANSWERED_NOTHING_NEW:
        if case.kind not in KNPA:
            raise Refused("wrong_kind", "Căn cứ này chỉ dùng cho kiến nghị, phản ánh.")
        wanted = {"answered": "văn bản đã trả lời"}
    else:
        wanted = _ELEMENTS
    elements = []
    for name, text in wanted.items():
        element: Documented | None = getattr(file, name)
        if element is None or element.on > on:
            raise Refused("element_missing", f"Chưa đủ căn cứ từ chối: thiếu {text}.", element=name)
        elements.append((text, element.document_number, element.on))
    is_answered = ground is ReceptionRefusal.ANSWERED_NOTHING_NEW
    complete_on = on if is_answered else max(day for *_, day in elements)
    return RefusedReception(ground=ground, complete_on=complete_on, elements=tuple(elements))
