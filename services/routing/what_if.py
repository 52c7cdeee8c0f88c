"""What a plan of the calendar would move, over all open cases, without writing."""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Final

from pydantic import BaseModel

from contracts.facts.calendar import CalendarPlan
from contracts.facts.routing import CalendarCause, ClockId, DeadlineMoved
from contracts.ids import CaseId, LookupCode
from services.routing.domain.case import Case
from services.routing.domain.law import Law
from services.routing.domain.recompute import recounted
from services.routing.standing import StandingLaw
from services.routing.store import Cases

_HEAD: Final = ("case_id", "code", "clock", "old_due", "new_due", "moved_by")


class WhatIfRow(BaseModel):
    """One clock that would end on another day. What is judged is ``due``, what is watched is ``alarm``."""

    case_id: CaseId
    code: LookupCode
    clock: ClockId
    old_due: date
    new_due: date
    old_alarm: date
    new_alarm: date
    because: tuple[CalendarCause, ...]


class WhatIfPage(BaseModel):
    """What a page of cases brought."""

    looked_at: int
    """How many cases this page looked at, open or not."""
    hidden_case_count: int
    """Cases among them that would move and that the caller may not see."""
    rows: tuple[WhatIfRow, ...]
    next: str | None
    """Send it back as ``after``; none at the end."""


async def look(
    cases: Cases,
    standing: StandingLaw,
    plans: Sequence[CalendarPlan],
    *,
    seen: Callable[[Case], bool],
    today: date,
    limit: int,
    after: str | None,
) -> WhatIfPage:
    """One page. Errors: BadInput("unknown_setting") for a switch that is none."""
    law = standing.with_plans((*standing.known_plans, *plans))
    found = await cases.all(limit=limit, after=after)
    rows: list[WhatIfRow] = []
    hidden = 0
    for stored in found:
        present, _ = cases.present(stored.state)
        moved = rows_of(present, law, today)
        if moved and not seen(present):
            hidden += 1
            continue
        rows += moved
    following = found[-1].id if len(found) == limit else None
    return WhatIfPage(looked_at=len(found), hidden_case_count=hidden, rows=tuple(rows), next=following)


def rows_of(case: Case, law: Law, today: date) -> list[WhatIfRow]:
    """The clocks of the case that the calendar of ``law`` would move: the same function that would move them."""
    _, facts = recounted(case, law, today)
    return [_row(case, fact) for fact in facts if isinstance(fact, DeadlineMoved)]


def as_csv(rows: Iterable[WhatIfRow], *, has_head: bool = True) -> str:
    """The table for a spreadsheet: days in ISO spelling, what moved it as ``day nghỉ/làm việc (document)``."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    if has_head:
        lines.writerow(_HEAD)
    for row in rows:
        because = "; ".join(map(cause_text, row.because))
        lines.writerow([row.case_id, row.code, row.clock, row.old_due, row.new_due, because])
    return text.getvalue()


def cause_text(cause: CalendarCause) -> str:
    """``2027-02-03 nghỉ (4521/TB-BNV)``."""
    what = "làm việc" if cause.is_working else "nghỉ"
    return f"{cause.day} {what} ({cause.document or 'dự kiến'})"


def _row(case: Case, fact: DeadlineMoved) -> WhatIfRow:
    return WhatIfRow(
        case_id=case.case_id,
        code=case.filed.code,
        clock=fact.clock.clock,
        old_due=fact.was.rolled_due,
        new_due=fact.clock.rolled_due,
        old_alarm=fact.was.alarm_on,
        new_alarm=fact.clock.alarm_on,
        because=fact.because,
    )
