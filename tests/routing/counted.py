"""Worlds to be counted: cases lived by the deciding functions, and what was said of them on the way. All invented."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from contracts.facts.intake import PetitionFiled
from contracts.facts.routing import CaseFact
from contracts.facts.sessions import BridgePoint, HeardCase, SessionScheduled, SessionStarted
from contracts.ids import CaseId, PetitionId, PointId, SessionId, UnitId
from contracts.law.rows import Act
from contracts.law.statistics import official_forms
from contracts.vocabulary import (
    ClosingGround,
    DeclineGround,
    OnlineGround,
    PetitionKind,
    SessionKind,
    SettlementResult,
)
from services.routing.domain import acts
from services.routing.domain.case import Case
from services.routing.domain.statistics.entries import Entry, World
from services.routing.domain.statistics.periods import Period, statutory
from services.routing.domain.statistics.record import CaseRecord, SessionRecord
from services.routing.domain.statistics.tables import Table, behind, scope_below, table
from tests.routing.given import (
    DO_LUONG,
    EXPLAINED,
    LAW,
    LKN_31,
    LTC_35,
    OFFICE,
    PROVINCE,
    QUY_HOP,
    SO_XD,
    day,
    denounced,
    filed,
    noon,
    opened,
    petition,
)

YEAR_BEGINS: Final = "15-12"
Q4: Final = statutory("2026-Q4", YEAR_BEGINS)
"""15/9 to 14/12/2026."""


class Told:
    """A case, lived by the functions that decide the live ones, with all it said."""

    def __init__(self, fact: PetitionFiled) -> None:
        self.case, self.said = opened(fact)

    def then(self, decide: Callable[[Case], acts.Decided]) -> "Told":
        self.case, facts = decide(self.case)
        self.said = [*self.said, *facts]
        return self

    def accepted(self, on: str, by: UnitId | None = None) -> "Told":
        by = by or self.case.competent_authority
        assert by
        return self.then(lambda case: acts.accept(case, by=by, on=day(on), law=LAW))

    def guided(self, on: str) -> "Told":
        return self.then(lambda case: acts.guide(case, to=None, on=day(on), law=LAW, document_number="6/HD-UBND"))

    def transferred(self, on: str, to: UnitId) -> "Told":
        by = self.case.held_by
        return self.then(
            lambda case: acts.transfer(case, to=to, by=by, on=day(on), law=LAW, document_number="5/PC-UBND")
        )

    def declined(self, on: str, ground: DeclineGround = DeclineGround.LIMITATION_EXPIRED) -> "Told":
        by = self.case.held_by
        return self.then(
            lambda case: acts.decline(case, by=by, ground=ground, on=day(on), law=LAW, document_number="8/TB-UBND")
        )

    def settled(self, on: str, result: SettlementResult = SettlementResult.RIGHT, **said: Any) -> "Told":
        by, kind = self.case.held_by, self.case.kind
        grounds = LTC_35 if kind is PetitionKind.DENUNCIATION else LKN_31
        return self.then(
            lambda case: acts.settle(
                case,
                by=by,
                result=result,
                document_number="12/QĐ-UBND",
                legal_grounds=grounds,
                answers=EXPLAINED,
                request_count=1,
                on=day(on),
                law=LAW,
                **said,
            )
        )

    def confirmed(self, on: str, act: Act) -> "Told":
        return self.then(lambda case: acts.confirm(case, act=act, document_number="9/CV-UBND", on=day(on), law=LAW))

    def shelved(self, on: str) -> "Told":
        return self.then(
            lambda case: acts.close(
                case, ground=ClosingGround.SHELVED, on=day(on), law=LAW, document_number="7/TB-UBND"
            )
        )

    def duplicates(self, leading: "Told", on: str) -> "Told":
        return self.then(
            lambda case: acts.link_duplicate(
                case, to_case=leading.case.case_id, leading=leading.case, on=day(on), law=LAW
            )
        )

    def urged(self, on: str, report_by: str) -> "Told":
        by = self.case.held_by
        return self.then(
            lambda case: acts.urge(
                case, report_by=day(report_by), document_number="4/CV-UBND", by=by, on=day(on), law=LAW
            )
        )

    @property
    def facts(self) -> list[CaseFact]:
        """What it said on the stream of cases, in order."""
        return [fact for fact in self.said if isinstance(fact, CaseFact)]

    @property
    def record(self) -> CaseRecord:
        return folded(self.case.case_id, self.facts)


def folded(case_id: CaseId, facts: Iterable[CaseFact]) -> CaseRecord:
    record = CaseRecord(case_id=case_id)
    for sequence, fact in enumerate(facts, start=1):
        record = record.with_fact(fact, sequence)
    return record


def heard_in(record: CaseRecord, *sessions: SessionRecord) -> CaseRecord:
    for session in sessions:
        assert session.hearing
        record = record.with_hearing(session.hearing)
    return record


def session_facts(
    number: int,
    on: str,
    case_ids: Sequence[tuple[CaseId, PetitionId]],
    *,
    by: UnitId = PROVINCE,
    kind: SessionKind = SessionKind.SCHEDULED,
    is_delegated: bool = False,
) -> tuple[SessionScheduled, SessionStarted]:
    """A session as sessions says it: scheduled, then started."""
    session_id, point_id = SessionId(UUID(int=900 + number)), PointId(UUID(int=1))
    points = (BridgePoint(point_id=point_id, unit=by, is_main=True),)
    cases = tuple(
        HeardCase(case_id=case_id, petition_id=petition_id, point_id=point_id) for case_id, petition_id in case_ids
    )
    scheduled = SessionScheduled(
        session_id=session_id,
        kind=kind,
        ground=OnlineGround.COMPLEX,
        starts_at=noon(on),
        chaired_by=by,
        is_delegated=is_delegated,
        points=points,
        cases=cases,
    )
    started = SessionStarted(session_id=session_id, started_at=noon(on), chaired_by=by, points=points, cases=cases)
    return scheduled, started


def session(number: int, on: str, **said: Any) -> SessionRecord:
    """The record of a session that started."""
    scheduled, started = session_facts(number, on, [(CaseId(UUID(int=1)), petition())], **said)
    return SessionRecord(session_id=scheduled.session_id).with_schedule(scheduled).with_start(started)


def counted(form: str, world: World, period: Period = Q4, unit: UnitId = PROVINCE, *, is_alone: bool = False) -> Table:
    scope = scope_below(unit, LAW.units, period.last, is_alone=is_alone)
    return table(official_forms()[form], world, period, scope)


def behind_figure(form: str, number: int, world: World, period: Period = Q4, unit: UnitId = PROVINCE) -> list[Entry]:
    one = official_forms()[form]
    return behind(one, one.column(number), world, period, scope_below(unit, LAW.units, period.last))


def total(made: Table) -> dict[int, int]:
    """The total, without zeros and without what no fact tells."""
    return {number: figure for number, figure in enumerate(made.total, start=1) if figure}


def line(made: Table, unit: UnitId) -> dict[int, int]:
    figures = next(one.figures for one in made.lines if one.unit == unit)
    return {number: figure for number, figure in enumerate(figures, start=1) if figure}


def petition_world() -> dict[str, Told]:
    """Eight petitions of the autumn of 2026, by what becomes of them in the fourth quarter (15/9 to 14/12)."""
    carried = Told(filed("2026-09-07")).accepted("2026-09-21")
    return {
        "carried over, accepted by Kim Liên": carried,
        "three signers, guided": Told(
            filed("2026-10-01", petition_id=petition(2), signer_count=3, respondent_unit=QUY_HOP)
        ).guided("2026-10-02"),
        "denunciation sent on to the province": Told(
            denounced("2026-10-01", petition_id=petition(3), respondent_unit=DO_LUONG)
        ).transferred("2026-10-02", PROVINCE),
        "anonymous, filed away": Told(
            denounced("2026-10-02", petition_id=petition(4), respondent_unit=DO_LUONG, is_anonymous=True)
        ).shelved("2026-10-05"),
        "recommendation, sent on, answered": Told(
            filed(
                "2026-10-05",
                petition_id=petition(5),
                kind=PetitionKind.RECOMMENDATION,
                respondent_unit=SO_XD,
                respondent_post=None,
            )
        )
        .transferred("2026-10-06", SO_XD)
        .accepted("2026-10-12")
        .settled("2026-11-02", SettlementResult.ANSWERED)
        .confirmed("2026-11-04", Act.SENDER_TOLD),
        "duplicate": Told(filed("2026-10-07", petition_id=petition(6))).duplicates(carried, "2026-10-08"),
        "urged at the province": Told(
            filed(
                "2026-10-09",
                petition_id=petition(7),
                received_by=OFFICE,
                respondent_unit=QUY_HOP,
                matter_unit=QUY_HOP,
                lower_accepted_on=date(2026, 9, 10),
            )
        ).urged("2026-10-12", "2026-11-12"),
        "not handled yet": Told(filed("2026-12-14", petition_id=petition(8))),
    }


def records(world: dict[str, Told]) -> World:
    return World([told.record for told in world.values()])
