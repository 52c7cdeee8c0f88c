"""Whatever officers, petitioners and time do in whatever order: the facts stay a lawful story."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from contracts.errors import Refused, TiepdanError
from contracts.facts import routing as facts
from contracts.facts.base import Fact, vietnam_day
from contracts.facts.public import PublicCaseFact
from contracts.facts.routing import CaseFact
from contracts.law.rows import Act
from contracts.vocabulary import (
    Channel,
    ClosingGround,
    ComplexityTest,
    DeclineGround,
    EscalationReason,
    Instance,
    Outcome,
    PetitionKind,
    RespondentPost,
    SettlementResult,
    SuspensionGround,
    WithdrawalScope,
)
from services.routing.domain import acts
from services.routing.domain.case import CLOSING, TRANSITIONS, Action, Case, Status, following
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

STORY: dict[type[CaseFact], tuple[frozenset[str], str]] = {
    facts.CaseOpened: (frozenset({"nothing"}), "open"),
    facts.CaseTransferred: (frozenset({"open"}), "open"),
    facts.CaseRerouted: (frozenset({"open"}), "open"),
    facts.CaseSupplementRequested: (frozenset({"open"}), "open"),
    facts.CaseGuided: (frozenset({"open"}), "left"),
    facts.CaseDeclined: (frozenset({"open"}), "left"),
    facts.CaseAccepted: (frozenset({"open"}), "settling"),
    facts.CaseExtended: (frozenset({"settling"}), "settling"),
    facts.CaseSuspended: (frozenset({"settling"}), "still"),
    facts.CaseResumed: (frozenset({"still"}), "settling"),
    facts.CaseSettled: (frozenset({"settling"}), "settled"),
    facts.CaseClosed: (frozenset({"open", "left", "settling", "still", "settled"}), "closed"),
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
        self.missed: set[tuple[str, object]] = set()
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
                self.chapter = after
            else:
                assert self.chapter != "closed", "nothing is said about a closed case"
            if isinstance(fact, facts.DeadlineMissed):
                key = (fact.clock.clock, fact.clock.started_on)
                assert key not in self.missed
                self.missed.add(key)
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
    @rule()
    def request_supplement(self) -> None:
        self.order(lambda case: acts.request_supplement(case, on=self.today, answer_within_days=10, law=LAW))

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
    @rule(result=st.sampled_from(SettlementResult))
    def settle(self, result: SettlementResult) -> None:
        self.order(
            lambda case: acts.settle(
                case,
                by=case.competent_authority or PROVINCE,
                result=result,
                document_number="4/QĐ",
                on=self.today,
                law=LAW,
            )
        )

    @precondition(_can(Action.CONFIRM))
    @rule(act=st.sampled_from((Act.ACCEPTANCE_TOLD, Act.RESULT_SENT)))
    def confirm(self, act: Act) -> None:
        self.order(lambda case: acts.confirm(case, act=act, document_number="5/TB", on=self.today, law=LAW))

    @precondition(_can(Action.CLOSE))
    @rule(ground=st.sampled_from(ClosingGround))
    def close(self, ground: ClosingGround) -> None:
        self.order(lambda case: acts.close(case, ground=ground, on=self.today, law=LAW))

    @precondition(_can(Action.ESCALATE))
    @rule(reason=st.sampled_from((EscalationReason.CHAIR_REQUEST, EscalationReason.COMPETENCE_DISPUTE)))
    def escalate(self, reason: EscalationReason) -> None:
        self.order(lambda case: acts.request_chair(case, now=self.now, law=LAW, reason=reason))

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
            assert not clock_ids(self.case)
            assert (self.case.next_timer_on, self.case.due_on) == (None, None)

    @invariant()
    def the_holder_stands_and_is_not_the_accused(self) -> None:
        on = received_on(self.case.filed)
        assert LAW.units.is_open(self.case.held_by, on)
        assert not is_near_the_accused(self.case.filed, self.case.held_by, LAW, on)

    @invariant()
    def at_most_one_settlement_clock_runs_and_only_after_acceptance(self) -> None:
        running = [clock for clock in self.case.clocks if clock.is_running and clock.id in {"K3", "K6", "T4"}]
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
