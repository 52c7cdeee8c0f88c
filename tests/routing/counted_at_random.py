"""Random worlds to be counted: any facts of a case in any order, on days that never go back."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID, uuid5

from hypothesis import strategies as st

from contracts.facts import routing
from contracts.facts.base import VIETNAM
from contracts.facts.routing import CaseFact
from contracts.ids import CaseId, PublicCaseId, case_of
from contracts.vocabulary import (
    Channel,
    ClosingGround,
    CompetenceRefusalGround,
    DeclineGround,
    EarlierSettlement,
    Instance,
    LinkKind,
    MatterField,
    Outcome,
    PetitionKind,
    ReceptionRefusal,
    SessionKind,
    SettlementResult,
)
from services.routing.domain.statistics.entries import World
from services.routing.domain.statistics.record import CaseRecord, SessionRecord
from tests.routing.counted import folded, heard_in, session
from tests.routing.given import KIM_LIEN, OFFICE, PROVINCE, QUY_HOP, SO_XD, noon, petition

UNITS: Final = (KIM_LIEN, QUY_HOP, SO_XD, PROVINCE)
FIRST_DAY: Final = date(2026, 5, 1)
"""Long enough before the year of statistics ends that things are carried over."""
DAYS: Final = 260
NUMBER: Final = "12/QĐ-UBND"
OTHER: Final = CaseId(UUID(int=77))

_JUDGED: Final = (SettlementResult.RIGHT, SettlementResult.PARTLY_RIGHT, SettlementResult.WRONG)
_units = st.sampled_from(UNITS)
_effects = st.none() | st.builds(
    routing.SettlementEffects, recovered_vnd=st.integers(0, 9_000_000), people_to_sanction=st.integers(0, 3)
)

Made = Callable[[dict[str, Any], date, st.DrawFn], CaseFact]


def _accepted(about: dict[str, Any], on: date, draw: st.DrawFn) -> CaseFact:
    return routing.CaseAccepted(**about, accepted_on=on, settling_authority=draw(_units), clocks=())


def _guided(about: dict[str, Any], on: date, draw: st.DrawFn) -> CaseFact:
    return routing.CaseGuided(**about, guided_on=on, guided_to=draw(_units), rule="R03")


def _transferred(about: dict[str, Any], on: date, draw: st.DrawFn) -> CaseFact:
    return routing.CaseTransferred(**about, transferred_on=on, from_unit=draw(_units), to_unit=draw(_units), rule="R07")


def _rerouted(about: dict[str, Any], on: date, draw: st.DrawFn) -> CaseFact:
    return routing.CaseRerouted(
        **about,
        rerouted_on=on,
        held_by=draw(_units),
        competent_authority=None,
        outcome=draw(st.sampled_from(Outcome)),
        rule="R14",
    )


def _declined(about: dict[str, Any], on: date, draw: st.DrawFn) -> CaseFact:
    return routing.CaseDeclined(**about, declined_on=on, ground=draw(st.sampled_from(DeclineGround)))


def _settled(about: dict[str, Any], on: date, draw: st.DrawFn) -> CaseFact:
    is_answered = about["kind"] in {PetitionKind.RECOMMENDATION, PetitionKind.FEEDBACK}
    result = SettlementResult.ANSWERED if is_answered else draw(st.sampled_from(_JUDGED))
    return routing.CaseSettled(
        **about,
        settled_on=on,
        result=result,
        document_number=NUMBER,
        is_within_time=draw(st.booleans()),
        effects=draw(_effects),
    )


def _closed(about: dict[str, Any], on: date, draw: st.DrawFn) -> CaseFact:
    return routing.CaseClosed(**about, closed_on=on, ground=draw(st.sampled_from(ClosingGround)))


def _discontinued(about: dict[str, Any], on: date, draw: st.DrawFn) -> CaseFact:
    return routing.CaseDiscontinued(**about, discontinued_on=on, document_number=NUMBER)


def _dialogue(about: dict[str, Any], on: date, draw: st.DrawFn) -> CaseFact:
    return routing.CaseDialogueHeld(**about, held_on=on, was_petitioner_present=True, document_number=NUMBER)


def _linked(about: dict[str, Any], on: date, draw: st.DrawFn) -> CaseFact:
    return routing.CaseLinked(**about, linked_on=on, link=draw(st.sampled_from(LinkKind)), to_case=OTHER)


def _unlinked(about: dict[str, Any], on: date, draw: st.DrawFn) -> CaseFact:
    return routing.CaseUnlinked(**about, unlinked_on=on, from_case=OTHER)


def _urged(about: dict[str, Any], on: date, draw: st.DrawFn) -> CaseFact:
    return routing.CaseUrged(
        **about, urged_on=on, from_unit=draw(_units), to_unit=draw(_units), report_by=on, document_number=NUMBER
    )


def _sent_back(about: dict[str, Any], on: date, draw: st.DrawFn) -> CaseFact:
    return routing.CompetenceRefused(
        **about,
        refused_on=on,
        from_unit=draw(_units),
        to_unit=draw(_units),
        ground=CompetenceRefusalGround.OTHER_FIELD,
        document_number=NUMBER,
    )


def _decided(about: dict[str, Any], on: date, draw: st.DrawFn) -> CaseFact:
    unit = draw(_units)
    return routing.CompetenceDecided(
        **about, decided_on=on, decided_by=PROVINCE, held_by=unit, competent_authority=unit, document_number=NUMBER
    )


def _refused(about: dict[str, Any], on: date, draw: st.DrawFn) -> CaseFact:
    ground = ReceptionRefusal.SETTLED_BUT_PROLONGED
    return routing.ReceptionRefused(**about, refused_on=on, ground=ground, is_by_notice=draw(st.booleans()))


def _reported(about: dict[str, Any], on: date, draw: st.DrawFn) -> CaseFact:
    ended = draw(st.sampled_from([("R2",), ("K4",), ("R2", "K9")]))
    return routing.CaseDutyDone(**about, done_on=on, ended=ended, document_number=NUMBER, is_within_time=True)


MAKERS: Final[tuple[Made, ...]] = (
    _accepted,
    _guided,
    _transferred,
    _rerouted,
    _declined,
    _settled,
    _closed,
    _discontinued,
    _dialogue,
    _linked,
    _unlinked,
    _urged,
    _sent_back,
    _decided,
    _refused,
    _reported,
)


@st.composite
def facts(draw: st.DrawFn, number: int, kinds: st.SearchStrategy[PetitionKind]) -> list[CaseFact]:
    """What one case says."""
    petition_id = petition(number)
    about: dict[str, Any] = {"case_id": case_of(petition_id), "petition_id": petition_id, "kind": draw(kinds)}
    on = FIRST_DAY + timedelta(days=draw(st.integers(0, DAYS)))
    signer_count = draw(st.integers(1, 7))
    opened = routing.CaseOpened(
        **about,
        public_id=PublicCaseId(uuid5(petition_id, "public")),
        code="HS26-7K4QM9",
        opened_at=noon("2026-05-01").astimezone(VIETNAM),
        received_on=on,
        matter_field=draw(st.sampled_from(MatterField)),
        held_by=draw(_units),
        competent_authority=None,
        outcome=draw(st.sampled_from(Outcome)),
        rule="R01",
        articles=(),
        is_large_group=signer_count >= 5,
        signer_count=signer_count,
        received_by=draw(st.sampled_from((*UNITS, OFFICE))),
        channel=draw(st.sampled_from((Channel.COUNTER, Channel.POST))),
        instance=draw(st.sampled_from(Instance)),
        is_nameless=draw(st.booleans()),
        is_repeat=draw(st.booleans()),
        earlier_settlement=draw(st.sampled_from(EarlierSettlement)),
    )
    said: list[CaseFact] = [opened]
    for make in draw(st.lists(st.sampled_from(MAKERS), max_size=7)):
        on += timedelta(days=draw(st.integers(0, 60)))
        said.append(make(about, on, draw))
    return said


@st.composite
def worlds(draw: st.DrawFn, kinds: st.SearchStrategy[PetitionKind] | None = None) -> World:
    """Up to six cases, some of them heard in up to three sessions."""
    kinds = st.sampled_from(PetitionKind) if kinds is None else kinds
    sessions = [draw(_sessions(number)) for number in range(draw(st.integers(0, 3)))]
    cases = []
    for number in range(draw(st.integers(0, 6))):
        said = draw(facts(number, kinds))
        heard = draw(st.lists(st.sampled_from(sessions), unique=True)) if sessions else []
        cases.append(heard_in(folded(said[0].case_id, said), *heard))
    return World(cases, sessions)


@st.composite
def _sessions(draw: st.DrawFn, number: int) -> SessionRecord:
    on = FIRST_DAY + timedelta(days=draw(st.integers(0, DAYS)))
    kind, is_delegated = draw(st.sampled_from(SessionKind)), draw(st.booleans())
    return session(number, on.isoformat(), by=draw(_units), kind=kind, is_delegated=is_delegated)


def until(world: World, last: date) -> World:
    """The same world as it was known on that day: what is said later is not there yet."""
    cases = [record.known_by(last) for record in world.cases if _has_come(record, last)]
    return World(cases, [one for one in world.sessions if one.started_on is not None and one.started_on <= last])


def _has_come(record: CaseRecord, last: date) -> bool:
    return record.opening is not None and record.opening.received_on <= last
