"""From what intake says to a case: opened once, completed by supplements, ended or marked by a withdrawal."""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from contracts.facts.base import Fact, vietnam_day
from contracts.facts.intake import PetitionFiled, PetitionSupplemented, PetitionWithdrawn
from contracts.facts.routing import CaseClosed, CaseContinued, CaseOpened, CaseTaskOpened
from contracts.ids import CaseId, PublicCaseId, case_of
from contracts.law.rows import Topic
from contracts.law.secrecy import accused_unit
from contracts.vocabulary import ClosingGround, Outcome, PetitionKind, WithdrawalScope
from services.routing.domain.case import Action, Case, Status, about, following, is_possible, law_day, moved, spoken
from services.routing.domain.competence import received_on
from services.routing.domain.deadlines import all_ended, started_if_any
from services.routing.domain.earlier import earlier_settlement, is_repeat
from services.routing.domain.law import Law
from services.routing.domain.outcome import LAPSED_RULE, route
from services.routing.domain.rerouting import routed_anew
from services.routing.domain.urgent import clocks_beside, tasks_of

PARTIAL_WITHDRAWAL_RULE: Final = "R01d"
"""A complaint withdrawn in part goes on with the rest (LKN 2(3))."""
_UUID_BYTES: Final = 16
_INCOMPLETE: Final = frozenset({Outcome.SUPPLEMENT, Outcome.INVITE_TO_SIGN, Outcome.SHELVE})
"""What a missing paper may turn: also a petition about to be filed away, when evidence or a late answer comes."""


def public_id_of(case_id: CaseId, key: bytes) -> PublicCaseId:
    """The public name of a case: always the same, and not to be found from the case id without the key."""
    digest = hmac.digest(key, b"public-case/" + case_id.bytes, hashlib.sha256)
    return PublicCaseId(UUID(bytes=digest[:_UUID_BYTES], version=4))


def open_case(filed: PetitionFiled, *, now: datetime, law: Law, public_id_key: bytes) -> tuple[Case, list[Fact]]:
    """The case of a petition, with its route and first clocks. Whatever the petition says, a case is opened."""
    found = route(filed, law)
    case_id = case_of(filed.petition_id)
    case = Case(
        case_id=case_id,
        public_id=public_id_of(case_id, public_id_key),
        filed=filed,
        opened_at=now,
        held_by=found.held_by,
        competent_authority=found.competence.authority,
        outcome=found.outcome,
        rule=found.rule,
        articles=found.articles,
        is_bypass_level=found.is_bypass_level,
        is_large_group=found.is_large_group,
    )
    on = received_on(filed)
    tasks = tasks_of(found.duties, on, law)
    urgent = [clock for clock in clocks_beside(found.duties, filed) if clock not in found.clocks]
    clocks = (*started_if_any(found.clocks, on, law, found.variant), *started_if_any(urgent, on, law))
    case = moved(case, law, clocks=clocks, tasks=tasks)
    told = [
        CaseTaskOpened(**about(case), duty=task.duty, opened_on=on, due_on=task.due_on, held_by=case.held_by)
        for task in tasks
    ]
    return case, spoken(case, [_opened(case), *told])


def on_supplemented(case: Case, fact: PetitionSupplemented, law: Law) -> tuple[Case, Sequence[Fact]]:
    """The petition became more complete: an incomplete one is routed anew, and its clocks start on that day.

    Whether the documents are enough, an officer judges, who may ask again.
    """
    if not is_possible(case, Action.SUPPLEMENT):
        return case, []
    is_awaited = case.status is Status.AWAITING_SUPPLEMENT
    filed = _completed(case.filed, fact, was_asked=is_awaited or case.rule == LAPSED_RULE)
    on = vietnam_day(fact.supplemented_at)
    status = following(case, Action.SUPPLEMENT)
    after = moved(case, law, filed=filed, status=status, answer_by=None, supplemented_on=on)
    is_news = case.status is Status.OPEN and case.outcome in _INCOMPLETE and filed != case.filed
    if not (is_awaited or is_news):
        return after, []
    return routed_anew(after, case, on, law)


def on_withdrawn(case: Case, fact: PetitionWithdrawn, law: Law) -> tuple[Case, Sequence[Fact]]:
    """Withdrawn as a whole before acceptance, a complaint or recommendation ends; accepted, it waits for the decision
    to discontinue (form 14a). A part of it goes on, and so does a group whose member withdrew (155/2026 art. 5).

    A denunciation goes on all the same: the settler decides what its withdrawal means (LTC 33).
    """
    on = vietnam_day(fact.withdrawn_at)
    if fact.remaining_signers or fact.scope is WithdrawalScope.PARTIAL:
        return _goes_on(case, fact, on, law)
    if not ends_by_withdrawal(case):
        if not is_possible(case, Action.NOTE_WITHDRAWAL):
            return case, []
        return moved(case, law, status=following(case, Action.NOTE_WITHDRAWAL), withdrawn=fact.scope), []
    after = moved(
        case,
        law,
        status=following(case, Action.WITHDRAW),
        withdrawn=fact.scope,
        closed_on=on,
        clocks=all_ended(case.clocks, on),
    )
    return after, spoken(after, [CaseClosed(**about(after), closed_on=on, ground=ClosingGround.WITHDRAWN)])


def ends_by_withdrawal(case: Case) -> bool:
    """Withdrawn as a whole now, it is over without a decision."""
    return case.kind is not PetitionKind.DENUNCIATION and is_possible(case, Action.WITHDRAW)


def _goes_on(case: Case, fact: PetitionWithdrawn, on: date, law: Law) -> tuple[Case, Sequence[Fact]]:
    """The rest of the petition, or of the group, stands."""
    if not is_possible(case, Action.NOTE_WITHDRAWAL):
        return case, []
    signers = fact.remaining_signers or case.filed.signer_count
    filed = case.filed.model_copy(update={"signer_count": signers})
    is_part = fact.scope is WithdrawalScope.PARTIAL and _may_withdraw_in_part(case, on, law)
    requests = tuple(sorted({*case.withdrawn_requests, *fact.requests}))
    after = moved(
        case,
        law,
        status=following(case, Action.NOTE_WITHDRAWAL),
        filed=filed,
        withdrawn=WithdrawalScope.PARTIAL if is_part else case.withdrawn,
        withdrawn_requests=requests if is_part else case.withdrawn_requests,
    )
    told = CaseContinued(
        **about(after), withdrawn_on=on, remaining_signers=signers, requests=fact.requests if is_part else ()
    )
    return after, spoken(after, [told])


def _may_withdraw_in_part(case: Case, on: date, law: Law) -> bool:
    """Of a complaint a part may be withdrawn since the law knows it (R01d); before, every request is still answered."""
    return case.kind is not PetitionKind.COMPLAINT or bool(
        law.find_rule(PARTIAL_WITHDRAWAL_RULE, law_day(case, Topic.WITHDRAWAL, on, law))
    )


def _completed(filed: PetitionFiled, fact: PetitionSupplemented, *, was_asked: bool) -> PetitionFiled:
    """The petition with what came: a signature, and with it a name; documents; or, when we asked for them, the
    representatives' papers.
    """
    is_signed = filed.is_signed if fact.is_signed is None else fact.is_signed
    has_representatives = filed.has_representatives or (was_asked and bool(fact.attachments))
    return filed.model_copy(
        update={
            "is_signed": is_signed,
            "is_anonymous": filed.is_anonymous and fact.is_signed is not True,
            "has_representatives": has_representatives,
            "attachment_count": filed.attachment_count + len(fact.attachments),
        }
    )


def _opened(case: Case) -> CaseOpened:
    filed = case.filed
    return CaseOpened(
        **about(case),
        public_id=case.public_id,
        code=filed.code,
        opened_at=case.opened_at,
        received_on=received_on(filed),
        matter_field=filed.matter_field,
        held_by=case.held_by,
        competent_authority=case.competent_authority,
        outcome=case.outcome,
        rule=case.rule,
        articles=case.articles,
        is_bypass_level=case.is_bypass_level,
        is_large_group=case.is_large_group,
        signer_count=filed.signer_count,
        is_discreet=case.is_discreet,
        asks_identity_protection=filed.asks_identity_protection,
        never_at=accused_unit(filed),
        clocks=tuple(clock.reading for clock in case.clocks),
        received_by=filed.received_by,
        channel=filed.channel,
        instance=filed.instance,
        is_nameless=filed.is_anonymous or bool(filed.known.is_false_identity),
        is_repeat=is_repeat(filed),
        earlier_settlement=earlier_settlement(filed),
    )
