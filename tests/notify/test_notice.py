from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import Refused
from contracts.facts.base import Fact
from contracts.facts.notify import NoticeDelivered, NoticeFailed, NoticeSent
from contracts.facts.routing import CaseClosed, CaseParticularsNoted, CaseRerouted, CaseTransferred
from contracts.ids import FactId, NoticeId, PetitionId, case_of
from contracts.vocabulary import ClosingGround, NoticeChannel, NoticeFailure, Outcome, PetitionKind, Role
from services.notify.domain.afterwards import receipt_missing, receipted, retried, superseded
from services.notify.domain.answers import Answer, AnswerClass
from services.notify.domain.compose import Composer
from services.notify.domain.dossier import Dossier
from services.notify.domain.notice import NEXT, WAITING, Notice, NoticeState, Recipient, notice_id_in, request_id_of
from services.notify.domain.pace import VIETNAM, Pace, Urgency, fraction
from services.notify.domain.rules import TOLD, Duty
from services.notify.domain.sending import Known, answered, lease_expired, looked_at, started, unknown_resolved
from services.notify.senders.circuit import Circuit
from services.notify.templates import load_answers, load_templates
from tests.notify.world import COMMUNE, PROVINCE, MovedClock, a_clock, a_filing, a_session, a_warning, an_acceptance

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=VIETNAM)
PACE = Pace()
OK = Answer(AnswerClass.OK, "0", "msg-1")
SILENCE = Answer(AnswerClass.UNCLEAR, "no_answer", is_maybe_taken=True)
READY = Known(is_complete=True, has_contact=True, may_use_zalo=True)


def a_notice(**said: object) -> Notice:
    petition_id = PetitionId(uuid4())
    values: dict[str, object] = {
        "notice_id": NoticeId(uuid4()),
        "cause": FactId(uuid4()),
        "recipient": Recipient(kind="petitioner", of=str(petition_id)),
        "about": petition_id,
        "template": "T01.2026-07",
        "values": {},
        "urgency": Urgency.STATUS,
        "is_discreet": False,
        "planned_at": NOON,
        "not_after": NOON + timedelta(hours=48),
        "due_at": NOON,
    }
    return Notice.model_validate(values | said)


def sending(channel: NoticeChannel = NoticeChannel.ZALO, **said: object) -> tuple[Notice, str]:
    notice = started(a_notice(**said), channel, NOON, PACE)
    return notice, notice.attempts[-1].request_id


def names(facts: Sequence[Fact]) -> list[str]:
    return [type(fact).__name__ for fact in facts]


def test_ends_have_no_way_on_but_the_operators_retry() -> None:
    ends = {state for state in NoticeState if NEXT[state] <= {NoticeState.QUEUED}}
    assert ends == {
        NoticeState.DELIVERED,
        NoticeState.UNDELIVERED,
        NoticeState.FAILED,
        NoticeState.EXPIRED,
        NoticeState.SUPPRESSED,
    }
    assert not NEXT[NoticeState.DELIVERED]
    assert not NEXT[NoticeState.SUPPRESSED]
    assert NEXT.keys() == set(NoticeState)


def test_an_illegal_step_is_refused_by_the_table() -> None:
    delivered = a_notice(state=NoticeState.DELIVERED, due_at=None)
    with pytest.raises(Refused, match="illegal_notice_step"):
        started(delivered, NoticeChannel.SMS, NOON, PACE)


def test_a_notice_at_night_waits_for_the_morning_at_its_own_moment() -> None:
    for hour, minute, day in ((21, 30, 24), (23, 59, 24), (3, 0, 23), (6, 29, 23)):
        night = NOON.replace(hour=hour, minute=minute)
        notice = a_notice(planned_at=night, not_after=night + timedelta(hours=48))
        held, facts = looked_at(notice, READY, night, PACE)
        assert (held.state, held.reason, list(facts)) == (NoticeState.HELD, "quiet_hours", [])
        assert held.due_at is not None
        opening = datetime(2026, 11, day, 6, 30, tzinfo=VIETNAM)
        assert opening <= held.due_at < opening + timedelta(minutes=15)
        assert looked_at(notice, READY, night, PACE)[0].due_at == held.due_at


@pytest.mark.parametrize("clock", [(6, 30), (21, 29)])
def test_by_day_it_is_sent(clock: tuple[int, int]) -> None:
    day = NOON.replace(hour=clock[0], minute=clock[1])
    notice = a_notice(planned_at=day, not_after=day + timedelta(hours=1))
    assert looked_at(notice, READY, day, PACE)[0] is notice


def test_quiet_hours_can_be_switched_off() -> None:
    night = NOON.replace(hour=23)
    notice = a_notice(not_after=night + timedelta(hours=1))
    assert looked_at(notice, READY, night, Pace(has_quiet_hours=False))[0] is notice


def test_the_spread_of_many_notices_fills_the_quarter_of_an_hour() -> None:
    night = NOON.replace(hour=22)
    minutes = {PACE.release_of(UUID(int=number), night).minute for number in range(300)}
    assert minutes == set(range(30, 45))


@given(st.uuids(), st.integers(1, 40))
def test_backoff_grows_is_capped_and_is_always_the_same_for_the_same_try(notice_id: UUID, number: int) -> None:
    seconds = PACE.backoff_seconds(notice_id, number)
    assert 0.1 <= seconds <= min(300, 2 * 2.0 ** (number - 1))
    assert seconds == PACE.backoff_seconds(notice_id, number)
    assert 0 <= fraction(notice_id, "x") < 1


def test_accepted_says_sent_and_not_delivered() -> None:
    notice, request_id = sending()
    notice, facts = answered(notice, request_id, OK, NOON, PACE)
    assert notice.state is NoticeState.ACCEPTED
    assert names(facts) == ["NoticeSent"]
    assert notice.due_at == NOON + timedelta(hours=2)


def test_a_session_today_waits_ten_minutes_for_zalos_receipt_and_another_day_an_hour() -> None:
    for event_at, wait in ((NOON + timedelta(hours=3), 600), (NOON + timedelta(days=3), 3600)):
        notice, request_id = sending(urgency=Urgency.SESSION, event_at=event_at)
        notice, _ = answered(notice, request_id, OK, NOON, PACE)
        assert notice.due_at == NOON + timedelta(seconds=wait)


def test_a_receipt_before_the_answer_says_sent_then_delivered_and_the_answer_says_nothing_more() -> None:
    notice, request_id = sending()
    notice, facts = receipted(notice, request_id, is_delivered=True, provider_id="msg-1", at=NOON)
    assert names(facts) == ["NoticeSent", "NoticeDelivered"]
    notice, facts = answered(notice, request_id, OK, NOON, PACE)
    assert (notice.state, list(facts)) == (NoticeState.DELIVERED, [])
    notice, facts = receipted(notice, request_id, is_delivered=True, provider_id="msg-1", at=NOON)
    assert list(facts) == []


def test_a_receipt_with_another_providers_id_is_refused() -> None:
    notice, request_id = sending()
    notice, _ = answered(notice, request_id, OK, NOON, PACE)
    with pytest.raises(Refused, match="foreign_receipt"):
        receipted(notice, request_id, is_delivered=True, provider_id="msg-2", at=NOON)
    with pytest.raises(Refused, match="no_such_attempt"):
        receipted(notice, "n_other", is_delivered=True, provider_id=None, at=NOON)


def test_a_late_receipt_of_zalo_after_the_fallback_counts_and_both_are_kept() -> None:
    notice, first = sending()
    notice, _ = answered(notice, first, OK, NOON, PACE)
    later = NOON + timedelta(hours=2)
    notice, facts = receipt_missing(notice, later, PACE)
    assert (notice.state, notice.channel, list(facts)) == (NoticeState.QUEUED, NoticeChannel.SMS, [])
    notice = started(notice, NoticeChannel.SMS, later, PACE)
    second = notice.attempts[-1].request_id
    notice, facts = answered(notice, second, Answer(AnswerClass.OK, "100", "sms-1"), later, PACE)
    assert [fact.is_fallback for fact in facts if isinstance(fact, NoticeSent)] == [True]
    notice, facts = receipted(notice, first, is_delivered=True, provider_id="msg-1", at=later)
    assert [fact.channel for fact in facts if isinstance(fact, NoticeDelivered)] == [NoticeChannel.ZALO]
    notice, facts = receipted(notice, second, is_delivered=True, provider_id="sms-1", at=later)
    assert list(facts) == []
    assert all(attempt.delivered_at for attempt in notice.attempts)


def test_an_sms_without_a_receipt_for_three_days_was_not_delivered() -> None:
    notice, request_id = sending(NoticeChannel.SMS)
    notice, _ = answered(notice, request_id, OK, NOON, PACE)
    asked = 0
    while notice.state is NoticeState.ACCEPTED:
        assert notice.due_at is not None
        notice, facts = receipt_missing(notice, notice.due_at, PACE)
        asked += 1
    assert notice.state is NoticeState.UNDELIVERED
    assert [fact.reason for fact in facts if isinstance(fact, NoticeFailed)] == [NoticeFailure.NO_RECEIPT]
    assert asked < 15


def test_silence_is_unknown_and_a_repeat_keeps_the_request_id() -> None:
    notice, request_id = sending(NoticeChannel.SMS)
    notice, facts = answered(notice, request_id, SILENCE, NOON, PACE)
    assert (notice.state, list(facts)) == (NoticeState.UNKNOWN, [])
    notice, _ = unknown_resolved(notice, NOON + timedelta(seconds=90), PACE, is_repeat_ok=False)
    notice = started(notice, NoticeChannel.SMS, NOON, PACE)
    assert [attempt.request_id for attempt in notice.attempts] == [request_id]
    notice, facts = answered(notice, request_id, Answer(AnswerClass.REPEATED, "124"), NOON, PACE)
    assert (notice.state, names(facts)) == (NoticeState.ACCEPTED, ["NoticeSent"])


def test_a_request_id_that_was_taken_before_we_used_it_is_our_bug_not_success() -> None:
    notice, request_id = sending(NoticeChannel.SMS)
    notice, facts = answered(notice, request_id, Answer(AnswerClass.REPEATED, "124"), NOON, PACE)
    assert (notice.state, names(facts)) == (NoticeState.FAILED, ["NoticeFailed"])


def test_a_lease_that_ran_out_is_unknown_and_a_late_answer_still_counts() -> None:
    notice, request_id = sending()
    notice = lease_expired(notice, NOON + timedelta(seconds=60), PACE)
    assert notice.state is NoticeState.UNKNOWN
    notice, facts = answered(notice, request_id, OK, NOON, PACE)
    assert (notice.state, names(facts)) == (NoticeState.ACCEPTED, ["NoticeSent"])


@pytest.mark.parametrize(
    ("kind", "state", "channel"),
    [
        (AnswerClass.PERSON, NoticeState.QUEUED, NoticeChannel.SMS),
        (AnswerClass.NO_ACCOUNT, NoticeState.QUEUED, NoticeChannel.SMS),
        (AnswerClass.BAD_CONTENT, NoticeState.QUEUED, NoticeChannel.SMS),
        (AnswerClass.CALLER_BUG, NoticeState.QUEUED, NoticeChannel.SMS),
        (AnswerClass.OPERATOR, NoticeState.QUEUED, NoticeChannel.SMS),
        (AnswerClass.MONEY, NoticeState.QUEUED, NoticeChannel.SMS),
        (AnswerClass.REFRESH, NoticeState.QUEUED, NoticeChannel.SMS),
        (AnswerClass.RETRY, NoticeState.QUEUED, NoticeChannel.ZALO),
        (AnswerClass.UNMAPPED, NoticeState.QUEUED, NoticeChannel.ZALO),
        (AnswerClass.WINDOW, NoticeState.HELD, NoticeChannel.ZALO),
        (AnswerClass.QUOTA, NoticeState.HELD, NoticeChannel.ZALO),
    ],
)
def test_what_follows_an_answer_of_zalo(kind: AnswerClass, state: NoticeState, channel: NoticeChannel) -> None:
    notice, request_id = sending()
    notice, facts = answered(notice, request_id, Answer(kind, "-1"), NOON, PACE)
    assert (notice.state, notice.channel, list(facts)) == (state, channel, [])


def test_a_session_does_not_wait_for_tomorrows_quota() -> None:
    notice, request_id = sending(urgency=Urgency.SESSION)
    notice, _ = answered(notice, request_id, Answer(AnswerClass.QUOTA, "-144"), NOON, PACE)
    assert (notice.state, notice.channel) == (NoticeState.QUEUED, NoticeChannel.SMS)


@pytest.mark.parametrize(
    ("kind", "failure"),
    [
        (AnswerClass.BAD_ADDRESS, NoticeFailure.BAD_ADDRESS),
        (AnswerClass.PERSON, NoticeFailure.REFUSED_BY_PROVIDER),
        (AnswerClass.BAD_CONTENT, NoticeFailure.REFUSED_BY_PROVIDER),
    ],
)
def test_after_sms_there_is_no_other_channel(kind: AnswerClass, failure: NoticeFailure) -> None:
    notice, request_id = sending(NoticeChannel.SMS)
    notice, facts = answered(notice, request_id, Answer(kind, "x"), NOON, PACE)
    assert notice.failure is failure
    assert names(facts) == ["NoticeFailed"]


def test_six_tries_on_sms_are_the_end() -> None:
    notice, request_id = sending(NoticeChannel.SMS)
    for _ in range(5):
        notice, _ = answered(notice, request_id, Answer(AnswerClass.RETRY, "http_500"), NOON, PACE)
        notice = started(notice, NoticeChannel.SMS, NOON, PACE)
    notice, facts = answered(notice, request_id, Answer(AnswerClass.RETRY, "http_500"), NOON, PACE)
    assert (notice.failure, notice.tries) == (NoticeFailure.PROVIDER_AWAY, 6)
    assert [fact.attempts for fact in facts if isinstance(fact, NoticeFailed)] == [6]


def test_an_operators_retry_is_another_round_with_another_request_id() -> None:
    notice, first = sending(NoticeChannel.SMS)
    with pytest.raises(Refused, match="notice_not_failed"):
        retried(notice, NOON, PACE)
    notice, _ = answered(notice, first, Answer(AnswerClass.PERSON, "99"), NOON, PACE)
    notice, _ = retried(notice, NOON + timedelta(days=9), PACE)
    assert notice.state is NoticeState.QUEUED
    notice = started(notice, NoticeChannel.SMS, NOON, PACE)
    assert len({attempt.request_id for attempt in notice.attempts}) == 2


def test_a_request_id_leads_back_to_its_notice_and_to_nothing_else() -> None:
    notice_id = NoticeId(uuid4())
    request_id = request_id_of(notice_id, NoticeChannel.SMS, 1)
    assert len(request_id) <= 48
    assert notice_id_in(request_id) == notice_id
    for foreign in ("", "n_1", f"m_{notice_id.hex}_s1", f"{request_id}x", "n_" + "g" * 32 + "_s1"):
        assert notice_id_in(foreign) is None


def test_what_has_left_is_not_taken_back() -> None:
    notice, _ = sending()
    assert superseded(notice) == (notice, [])
    assert superseded(a_notice())[0].state is NoticeState.SUPPRESSED


@given(
    st.lists(
        st.sampled_from(["look", "send", "ok", "silence", "retry", "person", "receipt", "late", "hour"]), max_size=40
    )
)
def test_whatever_happens_a_notice_is_sent_once_per_channel_and_ends_once(deeds: list[str]) -> None:
    """Any order of answers, receipts and waiting: never two ends, never delivered twice, never an illegal step."""
    notice, now, said = a_notice(), NOON, list[Fact]()
    for deed in deeds:
        facts: Sequence[Fact] = []
        last = notice.attempts[-1].request_id if notice.attempts else ""
        answer = {
            "ok": OK,
            "silence": SILENCE,
            "retry": Answer(AnswerClass.RETRY, "x"),
            "person": Answer(AnswerClass.PERSON, "x"),
        }.get(deed)  # fmt: skip
        if deed == "hour":
            now += timedelta(hours=1)
        elif deed == "look" and notice.state in WAITING:
            notice, facts = looked_at(notice, READY, now, Pace(has_quiet_hours=False))
        elif deed == "look" and notice.state is NoticeState.UNKNOWN:
            notice, facts = unknown_resolved(notice, now, PACE, is_repeat_ok=True)
        elif deed == "late" and notice.state is NoticeState.ACCEPTED:
            notice, facts = receipt_missing(notice, now, PACE)
        elif deed == "late" and notice.state is NoticeState.SENDING:
            notice = lease_expired(notice, now, PACE)
        elif deed == "send" and notice.state in WAITING:
            notice = started(notice, notice.channel or NoticeChannel.ZALO, now, PACE)
        elif deed == "receipt" and last:
            notice, facts = receipted(notice, last, is_delivered=True, provider_id=None, at=now)
        elif answer and last:
            notice, facts = answered(notice, last, answer, now, PACE)
        said += facts
    ends = [fact for fact in said if isinstance(fact, NoticeDelivered | NoticeFailed)]
    sent = [fact.channel for fact in said if isinstance(fact, NoticeSent)]
    assert len(ends) <= 1
    assert len(sent) == len(set(sent))
    assert (notice.due_at is None) == (notice.state in {NoticeState.DELIVERED, NoticeState.FAILED, NoticeState.EXPIRED,
                                                        NoticeState.UNDELIVERED, NoticeState.SUPPRESSED})  # fmt: skip


def a_composer(*duties: Duty) -> Composer:
    return Composer(load_templates(), lambda unit: f"tên {unit}", duties, PACE)


def test_a_fact_heard_again_plans_the_same_notice() -> None:
    fact, fact_id = a_filing(), uuid4()
    [first] = a_composer().compose(fact, fact_id, NOON, NOON)
    [second] = a_composer().compose(fact, fact_id, NOON, NOON + timedelta(hours=1))
    [other] = a_composer().compose(fact, uuid4(), NOON, NOON)
    assert first.notice_id == second.notice_id != other.notice_id
    assert first.not_after == second.not_after == NOON + timedelta(hours=48)


def test_officers_on_duty_are_told_and_nobody_where_nobody_is() -> None:
    duties = [Duty("a", COMMUNE, Role.PETITION_OFFICER), Duty("b", PROVINCE, Role.PETITION_OFFICER)]
    warning = a_warning(PetitionId(uuid4()))
    [notice] = a_composer(*duties).compose(warning, uuid4(), NOON, NOON)
    assert (notice.recipient.of, notice.petition_id, notice.values) == ("a", None, {"n": "3", "han": "23/12/2026"})
    assert a_composer().compose(warning, uuid4(), NOON, NOON) == []


def test_a_denunciation_is_neutral_from_the_start() -> None:
    petition_id = PetitionId(uuid4())
    [notice] = a_composer().compose(an_acceptance(petition_id, PetitionKind.DENUNCIATION), uuid4(), NOON, NOON)
    assert (notice.template, notice.is_discreet, notice.values) == ("D02.2026-07", True, {"han": "23/12/2026"})
    transfer = CaseTransferred(
        case_id=case_of(petition_id), petition_id=petition_id, kind=PetitionKind.MIXED,
        transferred_on=date(2026, 11, 23), from_unit=COMMUNE, to_unit=PROVINCE, rule="R07", clocks=(a_clock(),),
    )  # fmt: skip
    told = a_composer(Duty("b", PROVINCE, Role.PETITION_OFFICER)).compose(transfer, uuid4(), NOON, NOON)
    assert {(one.template, one.recipient.kind) for one in told} == {
        ("D02.2026-07", "petitioner"),
        ("D02.2026-07", "duty"),
    }


@pytest.mark.parametrize(("kind", "template"), [(PetitionKind.COMPLAINT, "T22"), (PetitionKind.DENUNCIATION, "D02")])
def test_a_case_routed_anew_is_told_when_step_or_place_changed_neutrally_if_discreet(
    kind: PetitionKind, template: str
) -> None:
    petition_id = PetitionId(uuid4())
    fact = CaseRerouted(
        case_id=case_of(petition_id), petition_id=petition_id, kind=kind, rerouted_on=date(2026, 11, 23),
        held_by=PROVINCE, competent_authority=PROVINCE, outcome=Outcome.ACCEPT_PROPOSE, rule="R01",
        clocks=(a_clock(),), is_outcome_changed=True, is_place_changed=True,
    )  # fmt: skip
    officer = a_composer(Duty("b", PROVINCE, Role.PETITION_OFFICER))
    told = officer.compose(fact, uuid4(), NOON, NOON)
    assert [(one.template.split(".")[0], one.recipient.kind) for one in told] == [
        (template, "petitioner"),
        ("O01" if template == "T22" else "D02", "duty"),
    ]
    still = fact.model_copy(update={"is_outcome_changed": False, "is_place_changed": False})
    assert officer.compose(still, uuid4(), NOON, NOON) == [], "only clocks: nobody is told"
    assert Dossier(petition_id=petition_id).learn(fact).units == (PROVINCE,)


def noted(petition_id: PetitionId, never_at: str | None) -> CaseParticularsNoted:
    return CaseParticularsNoted(
        case_id=case_of(petition_id), petition_id=petition_id, kind=PetitionKind.DENUNCIATION,
        noted_on=date(2026, 11, 23), noted_by=COMMUNE, noted=("respondent_post",), never_at=never_at,
        is_discreet=True,
    )  # fmt: skip


def test_what_an_officer_found_later_is_told_to_nobody() -> None:
    petition_id = PetitionId(uuid4())
    composer = a_composer(Duty("b", COMMUNE, Role.PETITION_OFFICER))
    assert composer.compose(noted(petition_id, COMMUNE), uuid4(), NOON, NOON) == []


@pytest.mark.parametrize("never_at", [PROVINCE, None])
def test_whom_a_petition_accuses_is_as_it_was_found_last_in_whatever_order_it_is_heard(never_at: str | None) -> None:
    petition_id = PetitionId(uuid4())
    filing = a_filing(petition_id=petition_id, kind=PetitionKind.DENUNCIATION, respondent_unit=COMMUNE)
    unheard = Dossier(petition_id=petition_id)
    assert unheard.learn(filing).never_at == COMMUNE
    found = noted(petition_id, never_at)
    for facts in ((filing, found), (found, filing)):
        dossier = unheard
        for fact in facts:
            dossier = dossier.learn(fact)
        assert (dossier.never_at, dossier.is_discreet) == (never_at, True)


def test_a_session_is_announced_at_once_and_recalled_a_day_before() -> None:
    starts_at = NOON + timedelta(days=9)
    invited, reminded = a_composer().compose(a_session([PetitionId(uuid4())], starts_at), uuid4(), NOON, NOON)
    assert (invited.template, invited.due_at, invited.not_after) == ("T08.2026-07", NOON, starts_at)
    assert (reminded.template, reminded.due_at) == ("T09.2026-07", starts_at - timedelta(days=1))
    assert reminded.not_after == starts_at - timedelta(minutes=30)
    soon = a_composer().compose(a_session([PetitionId(uuid4())], NOON + timedelta(hours=25)), uuid4(), NOON, NOON)
    assert [one.template for one in soon] == ["T08.2026-07"]


def test_closing_a_case_tells_nobody_anything_new() -> None:
    petition_id = PetitionId(uuid4())
    closed = CaseClosed(
        case_id=case_of(petition_id), petition_id=petition_id, kind=PetitionKind.COMPLAINT,
        closed_on=date(2026, 11, 23), ground=ClosingGround.SETTLED,
    )  # fmt: skip
    assert CaseClosed not in TOLD
    assert a_composer().compose(closed, uuid4(), NOON, NOON) == []


def test_codes_have_one_class_each_and_strangers_are_unmapped() -> None:
    answers = load_answers()
    assert answers.of("zalo", "0") is AnswerClass.OK
    assert answers.of("zalo", "-118") is AnswerClass.NO_ACCOUNT
    assert answers.of("esms", "124") is AnswerClass.REPEATED
    assert answers.of("esms", "-118") is AnswerClass.UNMAPPED


def test_the_circuit_opens_at_two_operator_answers_probes_every_half_minute_and_closes_on_success() -> None:
    clock = MovedClock()
    circuit = Circuit(clock)
    circuit.note(Answer(AnswerClass.OPERATOR, "-135"))
    assert circuit.lets_through()
    circuit.note(Answer(AnswerClass.OPERATOR, "-135"))
    assert not circuit.lets_through()
    clock.advance(seconds=31)
    assert circuit.lets_through()
    assert not circuit.lets_through()  # one probe only
    circuit.note(Answer(AnswerClass.PERSON, "-141"))  # this person refuses; the provider works
    assert circuit.lets_through()
    assert not circuit.is_open


def test_the_circuit_opens_when_more_than_half_of_twenty_calls_go_wrong() -> None:
    circuit = Circuit(MovedClock())
    for number in range(19):
        circuit.note(SILENCE if number % 2 == 0 else OK)
    assert not circuit.is_open
    for _ in range(3):
        circuit.note(SILENCE)
    assert circuit.is_open


def test_times_are_told_in_vietnam() -> None:
    filed = a_filing(received_at=datetime(2026, 11, 23, 18, 5, tzinfo=UTC))
    [notice] = a_composer().compose(filed, uuid4(), NOON, NOON)
    assert (notice.values["gio"], notice.values["ngay"]) == ("01:05", "24/11/2026")
