"""Whatever officers, petitioners and time do in whatever order: the facts stay a lawful story."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from contracts.errors import Refused, TiepdanError
from contracts.facts import routing as facts
from contracts.facts.base import Fact, vietnam_day
from contracts.facts.public import PublicCaseFact
from contracts.facts.routing import CaseFact, RequestAnswer
from contracts.ids import CaseId
from contracts.law.rows import Act
from contracts.vocabulary import (
    AnswerKind,
    Channel,
    ClosingGround,
    CompetenceRefusalGround,
    ComplexityTest,
    DeclineGround,
    EscalationReason,
    Instance,
    MissingPart,
    Outcome,
    PetitionKind,
    ReceptionRefusal,
    RespondentPost,
    SettlementResult,
    SuspensionGround,
    WithdrawalScope,
)
from services.routing.domain import acts
from services.routing.domain.case import CLOSING, SETTLEMENT_CLOCKS, TRANSITIONS, Action, Case, Status, following
from services.routing.domain.competence import is_near_the_accused, received_on
from services.routing.domain.escalation import tick
from services.routing.domain.explain import explain
from services.routing.domain.opening import on_supplemented, on_withdrawn
from tests.routing.given import (
    KIM_LIEN,
    LAW,
    OFFICE,
    PROVINCE,
    QUY_HOP,
    SO_XD,
    case_of,
    clock_ids,
    day,
    denounced,
    filed,
    opened,
    supplemented,
    withdrawn,
)

OTHER = CaseId(UUID(int=99))
DONE = (
    Act.ACCEPTANCE_TOLD,
    Act.RESULT_SENT,
    Act.RESULT_SENT,
    Act.PUBLISHED,
    Act.ACTED_ON,
    Act.REPORTED,
    Act.NOTICE_SENT,
    Act.INVITED,
    Act.SENDER_TOLD,
    Act.PETITIONER_TOLD,
)
UNITS = (KIM_LIEN, QUY_HOP, PROVINCE, OFFICE, SO_XD, "ttt-40", "huyen-415", "tw-btcd", "ban-40-ubkt")
ANY_PETITION = st.builds(
    filed,
    received=st.dates(day("2026-07-01"), day("2027-06-30")).map(str),
    kind=st.sampled_from(PetitionKind),
    channel=st.sampled_from(Channel),
    received_by=st.sampled_from((KIM_LIEN, KIM_LIEN, OFFICE, SO_XD)),
    respondent_unit=st.sampled_from((KIM_LIEN, KIM_LIEN, QUY_HOP, SO_XD, PROVINCE, "huyen-415", None)),
    respondent_post=st.sampled_from((None, *RespondentPost)),
    instance=st.sampled_from(Instance),
    signer_count=st.sampled_from((1, 1, 4, 12)),
    has_representatives=st.booleans(),
    is_signed=st.sampled_from((True, True, False)),
    is_anonymous=st.sampled_from((False, False, False, True)),
    attachment_count=st.integers(0, 1),
    earlier_decision_received_on=st.sampled_from((None, day("2026-06-20"))),
    lower_accepted_on=st.sampled_from((None, None, day("2026-06-01"))),
)

DAYS = st.dates(day("2026-07-01"), day("2027-06-30")).map(str)
PETITIONS = st.one_of(
    ANY_PETITION,
    st.builds(filed, received=DAYS, instance=st.just(Instance.FIRST)),
    st.builds(
        denounced,
        received=DAYS,
        channel=st.sampled_from((Channel.POST, Channel.COUNTER)),
        received_by=st.sampled_from((KIM_LIEN, OFFICE, SO_XD)),
        respondent_unit=st.sampled_from((KIM_LIEN, SO_XD, PROVINCE)),
    ),
)
"""Anything at all; and often enough what gets far: complaints and denunciations that can be accepted."""

FOUND = st.fixed_dictionaries(
    {},
    optional={
        "is_harm_hard_to_repair": st.sampled_from((None, True)),
        "has_signs_of_crime": st.booleans(),
        "is_foreign_untranslated": st.booleans(),
        "is_remote": st.booleans(),
        "places_to_verify": st.sampled_from((None, 1, 2)),
        "is_evidence_concrete": st.booleans(),
        "respondent_unit": st.sampled_from((KIM_LIEN, QUY_HOP, SO_XD, PROVINCE)),
        "respondent_post": st.sampled_from((None, *RespondentPost)),
        "is_directly_affected": st.booleans(),
        "has_representatives": st.booleans(),
        "kind": st.sampled_from(PetitionKind),
        "asks_identity_protection": st.booleans(),
    },
)
"""What an officer may find, in any mixture."""

STORY: dict[type[CaseFact], tuple[frozenset[str], str]] = {
    facts.CaseOpened: (frozenset({"nothing"}), "open"),
    facts.CaseTransferred: (frozenset({"open"}), "open"),
    facts.CaseRerouted: (frozenset({"open", "settling", "still"}), "same"),
    facts.CaseParticularsNoted: (frozenset({"open", "settling", "still"}), "same"),
    facts.CaseSupplementRequested: (frozenset({"open"}), "open"),
    facts.CaseGuided: (frozenset({"open"}), "left"),
    facts.CaseSplit: (frozenset({"open"}), "left"),
    facts.CaseInspectionOrdered: (frozenset({"open"}), "open"),
    facts.CaseDeclined: (frozenset({"open"}), "left"),
    facts.CaseAccepted: (frozenset({"open"}), "settling"),
    facts.CaseExtended: (frozenset({"settling"}), "settling"),
    facts.CaseSuspended: (frozenset({"settling"}), "still"),
    facts.CaseResumed: (frozenset({"still"}), "settling"),
    facts.CaseSettled: (frozenset({"settling"}), "settled"),
    facts.CaseClosed: (frozenset({"open", "left", "settling", "still", "settled", "linked"}), "closed"),
    facts.CaseTookEffect: (frozenset({"settled"}), "settled"),
    facts.CaseDecisionReceived: (frozenset({"settled"}), "settled"),
    facts.CaseDialoguePlanned: (frozenset({"settling"}), "settling"),
    facts.CaseDialogueHeld: (frozenset({"settling"}), "settling"),
    facts.CaseDiscontinued: (frozenset({"settling", "still"}), "left"),
    facts.CaseLinked: (frozenset({"open"}), "linked"),
    facts.CaseUnlinked: (frozenset({"linked"}), "open"),
    facts.CompetenceRefused: (frozenset({"open"}), "open"),
    facts.CompetenceDisputed: (frozenset({"open"}), "open"),
    facts.CompetenceDecided: (frozenset({"open"}), "open"),
    facts.CaseInstructed: (frozenset({"open", "settling"}), "same"),
}
"""The lawful story told by facts alone: after which chapters a fact may come, and which chapter it begins."""


def _can(action: Action) -> Callable[[Any], bool]:
    """Draw an act only where the table knows it: refusals of the table have their own test."""
    return lambda life: (life.case.status, action) in TRANSITIONS


class LifeOfACase(RuleBasedStateMachine):
    """Orders, heard facts and time in any order."""

    @initialize(petition=PETITIONS)
    def open(self, petition: Any) -> None:
        self.case, said = opened(petition)
        self.now = petition.received_at
        self.chapter = "nothing"
        self.missed: Counter[tuple[str, object]] = Counter()
        self.tell(said)

    def tell(self, said: Sequence[Fact]) -> None:
        for fact in said:
            if isinstance(fact, PublicCaseFact):
                assert self.case.kind is not PetitionKind.DENUNCIATION
                assert fact.public_id == self.case.public_id
                continue
            assert isinstance(fact, CaseFact)
            assert fact.case_id == self.case.case_id
            if type(fact) in STORY:
                before, after = STORY[type(fact)]
                assert self.chapter in before, f"{type(fact).__name__} in chapter {self.chapter}"
                self.chapter = self.chapter if after == "same" else after
            else:
                assert self.chapter != "closed", "nothing is said about a closed case"
            if isinstance(fact, facts.DeadlineMissed):
                key = (fact.clock.clock, fact.clock.started_on)
                self.missed[key] += 1
                waiting = [c for c in self.case.clocks if (c.id, c.reading.started_on) == key]
                assert self.missed[key] <= len(waiting), "each clock is missed once"
            self.never_to_the_accused(fact)

    def never_to_the_accused(self, fact: CaseFact) -> None:
        for name in ("held_by", "to_unit", "guided_to", "settling_authority", "competent_authority"):
            unit = getattr(fact, name, None)
            if unit is not None:
                assert not is_near_the_accused(self.case.filed, unit, LAW, vietnam_day(self.now)), name

    def order(self, act: Callable[[Case], acts.Decided]) -> None:
        before = self.case
        try:
            self.case, said = act(before)
        except TiepdanError:  # refused: nothing changed and nothing was said
            return
        moves = {target for (status, _), target in TRANSITIONS.items() if status is before.status}
        assert self.case.status in moves
        self.tell(said)

    @property
    def today(self) -> Any:
        return vietnam_day(self.now)

    @rule(days=st.sampled_from((0, 1, 3, 8, 20, 50)))
    def time_passes(self, days: int) -> None:
        self.now += timedelta(days=days)
        self.case, said = tick(self.case, self.now, LAW)
        self.tell(said)
        assert tick(self.case, self.now, LAW) == (self.case, [])

    @precondition(_can(Action.ACCEPT))
    @rule(unit=st.sampled_from(UNITS), count=st.sampled_from((None, 2, 5)), is_remote=st.booleans())
    def accept(self, unit: str, count: int | None, is_remote: bool) -> None:
        by = self.case.competent_authority or unit
        self.order(
            lambda case: acts.accept(
                case, by=by, on=self.today, law=LAW, representative_count=count, is_remote=is_remote
            )
        )

    @precondition(_can(Action.GUIDE))
    @rule(unit=st.sampled_from((None, None, None, *UNITS)))
    def guide(self, unit: str | None) -> None:
        self.order(lambda case: acts.guide(case, to=unit, on=self.today, law=LAW))

    @precondition(_can(Action.TRANSFER))
    @rule(unit=st.sampled_from(UNITS))
    def transfer(self, unit: str) -> None:
        self.order(lambda case: acts.transfer(case, to=unit, by=case.held_by, on=self.today, law=LAW))

    @precondition(_can(Action.DECLINE))
    @rule(ground=st.sampled_from(DeclineGround), unit=st.sampled_from(UNITS))
    def decline(self, ground: DeclineGround, unit: str) -> None:
        self.order(lambda case: acts.decline(case, by=unit, ground=ground, on=self.today, law=LAW))

    @precondition(_can(Action.REQUEST_SUPPLEMENT))
    @rule(missing=st.lists(st.sampled_from(MissingPart), max_size=2))
    def request_supplement(self, missing: list[MissingPart]) -> None:
        before = self.case
        self.order(
            lambda case: acts.request_supplement(
                case, on=self.today, answer_within_days=10, law=LAW, missing=tuple(missing)
            )
        )
        red = [clock for clock in before.clocks if clock.id == "R10" and clock.is_running]
        assert all(clock in self.case.clocks for clock in red), "the red line runs on from receipt"

    @precondition(_can(Action.SPLIT))
    @rule()
    def split(self) -> None:
        self.order(lambda case: acts.split(case, document_number="14/HD", on=self.today, law=LAW))

    @precondition(_can(Action.INSPECT))
    @rule()
    def order_inspection(self) -> None:
        self.order(
            lambda case: acts.order_inspection(case, document_number="15/QĐ", by=case.held_by, on=self.today, law=LAW)
        )

    @precondition(_can(Action.REPORT))
    @rule(is_settled=st.booleans())
    def report(self, is_settled: bool) -> None:
        self.order(
            lambda case: acts.report(
                case, document_number="16/BC", by=case.held_by, on=self.today, law=LAW, is_settled=is_settled
            )
        )

    @precondition(_can(Action.REPORT_OVERDUE))
    @rule()
    def report_overdue(self) -> None:
        self.order(lambda case: acts.report_overdue(case, on=self.today, law=LAW))

    @precondition(_can(Action.EXTEND))
    @rule(tests=st.lists(st.sampled_from(ComplexityTest), min_size=1, max_size=3))
    def extend(self, tests: list[ComplexityTest]) -> None:
        self.order(
            lambda case: acts.extend(
                case,
                by=case.competent_authority or PROVINCE,
                tests=tests,
                document_number="1/QĐ",
                on=self.today,
                law=LAW,
            )
        )

    @precondition(_can(Action.SUSPEND))
    @rule()
    def suspend(self) -> None:
        self.order(
            lambda case: acts.suspend(
                case,
                by=case.competent_authority or PROVINCE,
                ground=SuspensionGround.FORCE_MAJEURE,
                document_number="2/QĐ",
                on=self.today,
                law=LAW,
            )
        )

    @precondition(_can(Action.RESUME))
    @rule()
    def resume(self) -> None:
        self.order(
            lambda case: acts.resume(
                case, by=case.competent_authority or PROVINCE, document_number="3/QĐ", on=self.today, law=LAW
            )
        )

    @precondition(_can(Action.SETTLE))
    @rule(result=st.sampled_from(SettlementResult), grounds=st.sampled_from((("LKN 31",), ("LKN 31",), ())))
    def settle(self, result: SettlementResult, grounds: tuple[str, ...]) -> None:
        self.order(
            lambda case: acts.settle(
                case,
                by=case.competent_authority or PROVINCE,
                result=result,
                document_number="4/QĐ",
                on=self.today,
                law=LAW,
                legal_grounds=grounds,
                answers=[RequestAnswer(request=1, answer=AnswerKind.EXPLAINED)],
                request_count=1,
            )
        )
        if self.case.status is Status.SETTLED:
            assert grounds, "nothing is settled without a legal ground"

    @precondition(_can(Action.CONFIRM))
    @rule(act=st.sampled_from(DONE))
    def confirm(self, act: Act) -> None:
        self.order(lambda case: acts.confirm(case, act=act, document_number="5/TB", on=self.today, law=LAW))

    @precondition(_can(Action.CLOSE))
    @rule(ground=st.sampled_from(ClosingGround), number=st.sampled_from((None, "6/TB-UBND")))
    def close(self, ground: ClosingGround, number: str | None) -> None:
        self.order(lambda case: acts.close(case, ground=ground, on=self.today, law=LAW, document_number=number))
        if self.case.status is Status.CLOSED:
            assert self.case.is_duplicate or self.case.articles or self.case.legal_grounds
            assert self.case.is_duplicate or number or self.case.papers

    @precondition(_can(Action.ESCALATE))
    @rule(reason=st.sampled_from((EscalationReason.CHAIR_REQUEST, EscalationReason.COMPETENCE_DISPUTE)))
    def escalate(self, reason: EscalationReason) -> None:
        self.order(lambda case: acts.request_chair(case, now=self.now, law=LAW, reason=reason))

    @precondition(_can(Action.DISCONTINUE))
    @rule()
    def discontinue(self) -> None:
        self.order(
            lambda case: acts.discontinue(
                case, by=case.competent_authority or PROVINCE, document_number="7/QĐ", on=self.today, law=LAW
            )
        )

    @precondition(_can(Action.PLAN_DIALOGUE))
    @rule(days=st.sampled_from((1, 8)))
    def plan_dialogue(self, days: int) -> None:
        on = self.today + timedelta(days=days)
        by = self.case.competent_authority or PROVINCE
        self.order(lambda case: acts.plan_dialogue(case, dialogue_on=on, by=by, on=self.today, law=LAW))

    @precondition(_can(Action.HOLD_DIALOGUE))
    @rule()
    def hold_dialogue(self) -> None:
        by = self.case.competent_authority or PROVINCE
        self.order(
            lambda case: acts.hold_dialogue(
                case, was_petitioner_present=False, document_number="8/BB", by=by, on=self.today, law=LAW
            )
        )

    @precondition(_can(Action.RECEIVE_DECISION))
    @rule()
    def receive_decision(self) -> None:
        self.order(lambda case: acts.receive_decision(case, received_on=self.today, on=self.today, law=LAW))

    @precondition(_can(Action.LINK_DUPLICATE))
    @rule()
    def link_duplicate(self) -> None:
        self.order(lambda case: acts.link_duplicate(case, to_case=OTHER, leading=None, on=self.today, law=LAW))

    @precondition(_can(Action.UNLINK))
    @rule()
    def unlink(self) -> None:
        before = self.case
        self.order(lambda case: acts.unlink(case, on=self.today, law=LAW))
        kept = [clock.reading for clock in before.kept_clocks if clock.is_running]
        now = [clock.reading for clock in self.case.clocks if clock.is_running]
        assert all(read in now for read in kept), "a wrong link costs no clock"

    @precondition(_can(Action.REFUSE_COMPETENCE))
    @rule(ground=st.sampled_from(CompetenceRefusalGround))
    def refuse_competence(self, ground: CompetenceRefusalGround) -> None:
        before = self.case
        self.order(
            lambda case: acts.refuse_competence(
                case, ground=ground, document_number="9/CV", by=case.held_by, on=self.today, law=LAW
            )
        )
        assert self.case.clocks == before.clocks, "refusing stops no clock and starts none"
        assert len(self.case.competence_refused_by) <= 2

    @precondition(_can(Action.DECIDE_COMPETENCE))
    @rule(unit=st.sampled_from(UNITS))
    def decide_competence(self, unit: str) -> None:
        by = self.case.decides_competence or PROVINCE
        self.order(
            lambda case: acts.decide_competence(case, to=unit, document_number="10/QĐ", by=by, on=self.today, law=LAW)
        )

    @precondition(_can(Action.URGE))
    @rule()
    def urge(self) -> None:
        self.order(
            lambda case: acts.urge(
                case, report_by=self.today, document_number="11/CV", by=case.held_by, on=self.today, law=LAW
            )
        )

    @precondition(_can(Action.DEMAND_REPORT))
    @rule(by=st.sampled_from((PROVINCE, KIM_LIEN)))
    def demand_report(self, by: str) -> None:
        self.order(
            lambda case: acts.demand_report(
                case, report_by=self.today, document_number="12/CV", by=by, on=self.today, law=LAW
            )
        )

    @precondition(_can(Action.INSTRUCT))
    @rule(days=st.sampled_from((0, 5, 100)))
    def instruct(self, days: int) -> None:
        limit = self.case.settlement_clock
        due = self.today + timedelta(days=days)
        before = self.case
        self.order(
            lambda case: acts.instruct(
                case,
                to=case.held_by,
                result_by=due,
                session_ended_on=self.today,
                document_number="13/TB",
                by=case.held_by,
                on=self.today,
                law=LAW,
            )
        )
        if limit is not None and due > limit.reading.rolled_due:
            assert self.case == before, "no instruction goes beyond the law"

    @precondition(_can(Action.REFUSE_ORALLY))
    @rule(ground=st.sampled_from(ReceptionRefusal))
    def refuse_reception(self, ground: ReceptionRefusal) -> None:
        before = self.case
        self.order(
            lambda case: acts.refuse_reception(
                case, ground=ground, file=acts.RefusalFile(), by=case.held_by, on=self.today, law=LAW
            )
        )
        stands = self.case.model_copy(update={"refusals": before.refusals})
        assert stands == before, "without the file there is no notice, and orally only the refusal is kept"

    @precondition(_can(Action.NOTE_PARTICULARS))
    @rule(found=FOUND)
    def note_particulars(self, found: dict[str, Any]) -> None:
        before = self.case
        self.order(lambda case: acts.note_particulars(case, found=found, by=case.held_by, on=self.today, law=LAW))
        assert {clock.event_on for clock in before.clocks} <= {clock.event_on for clock in self.case.clocks}
        if self.case is not before:
            again = acts.note_particulars(self.case, found=found, by=self.case.held_by, on=self.today, law=LAW)
            assert again == (self.case, []), "noted twice, it is noted once"

    @precondition(_can(Action.SUPPLEMENT))
    @rule(is_signed=st.sampled_from((None, True)), documents=st.integers(0, 2))
    def hear_a_supplement(self, is_signed: bool | None, documents: int) -> None:
        fact = supplemented(self.today.isoformat(), is_signed=is_signed, documents=documents)
        self.case, said = on_supplemented(self.case, fact, LAW)
        self.tell(said)

    @precondition(_can(Action.WITHDRAW))
    @rule(scope=st.sampled_from(WithdrawalScope))
    def hear_a_withdrawal(self, scope: WithdrawalScope) -> None:
        self.case, said = on_withdrawn(self.case, withdrawn(self.today.isoformat(), scope), LAW)
        self.tell(said)

    @invariant()
    def a_closed_case_waits_for_nothing(self) -> None:
        if self.case.status is Status.CLOSED:
            assert clock_ids(self.case) <= {"X2"}, "what was filed away is kept for its year"
            assert (self.case.next_timer_on, self.case.due_on) == (None, None)

    @invariant()
    def suspension_never_shortens(self) -> None:
        for clock in self.case.clocks:
            if clock.id in {"K3", "K6", "T4"}:
                row = LAW.catalogue.clock(clock.id, clock.event_on)
                full = row.amount_for(clock.variant, clock.extensions)
                used = (clock.reading.raw_due - clock.reading.started_on).days + clock.used_days
                assert used >= full
                assert clock.reading.raw_due >= clock.event_on + timedelta(days=full)

    @invariant()
    def a_linked_case_has_no_clock_of_its_own(self) -> None:
        if self.case.status is Status.LINKED:
            assert not clock_ids(self.case)

    @invariant()
    def the_holder_stands_and_is_not_the_accused(self) -> None:
        on = received_on(self.case.filed)
        assert LAW.units.is_open(self.case.held_by, on)
        assert not is_near_the_accused(self.case.filed, self.case.held_by, LAW, on)

    @invariant()
    def at_most_one_settlement_clock_runs_and_only_after_acceptance(self) -> None:
        running = [clock for clock in self.case.clocks if clock.is_running and clock.id in SETTLEMENT_CLOCKS]
        assert len(running) <= 1
        assert not running or self.case.status is Status.ACCEPTED

    @invariant()
    def what_is_explained_is_what_was_decided(self) -> None:
        told = explain(self.case, LAW)
        assert told.tried[-1].fits
        assert told.outcome in Outcome
        for clock, kept in zip(told.clocks, self.case.clocks, strict=True):
            assert clock.told.reading == kept.reading


LifeOfACase.TestCase.settings = settings(max_examples=300, stateful_step_count=30, deadline=None)
TestLifeOfACase = LifeOfACase.TestCase


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("action", Action)
def test_what_the_table_does_not_name_is_refused_with_a_code(status: Status, action: Action) -> None:
    case = case_of().model_copy(update={"status": status})
    if (status, action) in TRANSITIONS:
        assert following(case, action) is TRANSITIONS[status, action]
        return
    with pytest.raises(Refused, match="illegal_transition") as refused:
        following(case, action)
    assert status.label in refused.value.sentence


def test_every_status_can_be_left_but_the_last_and_every_status_can_be_reached() -> None:
    left = {status for status, _ in TRANSITIONS}
    assert left == set(Status) - {Status.CLOSED}
    assert set(TRANSITIONS.values()) == set(Status)
    assert {status for status, action in TRANSITIONS if action is Action.CLOSE} == set(CLOSING)
