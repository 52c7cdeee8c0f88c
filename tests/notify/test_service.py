import asyncio
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from contracts.ids import PetitionId
from contracts.vocabulary import PetitionKind, RespondentPost, Role
from services.chassis.ledger.port import Change
from tests.notify.world import (
    CODE,
    COMMUNE,
    MovedClock,
    Notify,
    a_filing,
    a_move,
    a_session,
    a_warning,
    an_acceptance,
    dies_before_the_answer_is_written,
    eventually,
    in_state,
    notify_served,
)

HAPPY = "84912345678"
CANARIES = ("to cao", "tố cáo", "khieu nai", "khiếu nại", "TCD", "UBND", "Kim Lien", "thu ly", "don ", "giai quyet")


def magic(number: int) -> str:
    return f"84990000{number:03}"


def left_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def named_in(metrics: str) -> str:
    """Names and labels of metrics; their values are measures, in which any six digits come up by chance."""
    return "\n".join(line if line.startswith("#") else line.rpartition(" ")[0] for line in metrics.splitlines())


async def settled(notify: Notify, petition_id: PetitionId, template: str, state: str) -> dict[str, object]:
    """The notice, once it stands in this state."""

    async def there() -> dict[str, object] | None:
        found = await notify.notices(petition_id)
        return next((one for one in found if one["template"] == template and one["state"] == state), None)

    notice: dict[str, object] = await eventually(there)
    return notice


async def test_a_filing_is_told_by_zalo_and_the_receipt_is_heard(notify: Notify) -> None:
    petition_id = await notify.filed(HAPPY)
    await settled(notify, petition_id, "T01.2026-07", "delivered")
    [message] = await notify.simulator.ledger()
    assert message["profile"] == "zalo"
    assert message["phone"] == HAPPY
    assert CODE in message["text"]
    assert await notify.said_types() == ["NoticeDelivered", "NoticeSent"]


async def test_a_number_without_zalo_gets_a_folded_sms_at_once_and_is_remembered(notify: Notify) -> None:
    petition_id = await notify.filed(magic(118))
    await settled(notify, petition_id, "T01.2026-07", "delivered")
    await notify.hear(an_acceptance(petition_id))
    await settled(notify, petition_id, "T02.2026-07", "delivered")
    first, second = await notify.simulator.ledger()
    assert first["profile"] == second["profile"] == "esms"
    assert first["text"].startswith("TCD Nghe An: Da nhan don cua ong/ba luc 09:00 ngay 23/11/2026. Ma tra cuu: ")
    assert "Co quan giai quyet: UBND xa Kim Lien." in second["text"]
    assert (await notify.simulator.stats())["codes"]["zalo:-118"] == 1  # asked once, then believed
    sent = [fact for fact in await notify.said() if type(fact).__name__ == "NoticeSent"]
    assert [fact.is_fallback for fact in sent] == [True, False]  # type: ignore[attr-defined]


@pytest.mark.parametrize("number", [108, 110, 114, 119, 139, 140, 141])
async def test_whatever_zalo_has_against_a_person_sms_is_tried(notify: Notify, number: int) -> None:
    petition_id = await notify.filed(magic(number))
    await settled(notify, petition_id, "T01.2026-07", "delivered")
    assert [one["profile"] for one in await notify.simulator.ledger()] == ["esms"]


@pytest.mark.parametrize("number", [200, 429])
async def test_passing_trouble_is_tried_again_and_sent_once(notify: Notify, number: int) -> None:
    petition_id = await notify.filed(magic(number))
    await settled(notify, petition_id, "T01.2026-07", "delivered")
    assert len(await notify.simulator.ledger()) == 1


async def test_an_odd_spelling_of_an_answer_is_understood(notify: Notify) -> None:
    petition_id = await notify.filed(magic(709))
    await settled(notify, petition_id, "T01.2026-07", "delivered")
    assert len(await notify.simulator.ledger()) == 1


async def test_a_provider_that_stays_down_ends_in_a_fact_that_says_so(notify: Notify) -> None:
    petition_id = await notify.filed(magic(503))
    notice = await settled(notify, petition_id, "T01.2026-07", "failed")
    assert notice["failure"] == "provider_away"
    assert await notify.said_types() == ["NoticeFailed"]


@pytest.mark.parametrize(("number", "failure"), [(99, "refused_by_provider"), (146, "refused_by_provider")])
async def test_when_both_channels_refuse_somebody_is_told(notify: Notify, number: int, failure: str) -> None:
    petition_id = await notify.filed(magic(number))
    notice = await settled(notify, petition_id, "T01.2026-07", "failed")
    assert notice["failure"] == failure


async def test_an_sms_that_timed_out_is_asked_again_with_the_same_id_and_arrives_once(notify: Notify) -> None:
    """Nothing on 504 comes back, but the message is taken: the second call is answered 124, which is success."""
    await notify.simulator.scenario(receipt_p50_seconds=30.0)
    fact = a_filing()
    await notify.hear(fact)
    await notify.hear(notify.contact(fact.petition_id, magic(504), allows_zalo=False))
    await settled(notify, fact.petition_id, "T01.2026-07", "accepted")
    [message] = await notify.simulator.ledger()
    [notice] = await notify.notices(fact.petition_id)
    assert message["profile"] == "esms"
    assert notice["attempts"][0]["tries"] == 2
    assert notice["attempts"][0]["provider_code"] == "124"


async def test_silence_of_zalo_is_unknown_not_failed_and_a_receipt_settles_it(notify: Notify) -> None:
    petition_id = await notify.filed(magic(504))
    await settled(notify, petition_id, "T01.2026-07", "delivered")
    assert [one["profile"] for one in await notify.simulator.ledger()] == ["zalo"]


async def test_silence_of_zalo_without_a_receipt_is_repeated_once_then_sms(notify: Notify) -> None:
    await notify.simulator.scenario(
        faults=[{"match": {"profile": "zalo"}, "action": {"close": True, "accepts": False}}]
    )
    petition_id = await notify.filed(HAPPY)
    await settled(notify, petition_id, "T01.2026-07", "delivered")
    [notice] = await notify.notices(petition_id)
    assert [(one["channel"], one["tries"]) for one in notice["attempts"]] == [("zalo", 2), ("sms", 1)]


async def test_a_session_notice_is_never_repeated_on_zalo(notify: Notify) -> None:
    petition_id = await notify.filed(HAPPY)
    await settled(notify, petition_id, "T01.2026-07", "delivered")
    await notify.simulator.scenario(faults=[{"match": {"profile": "zalo"}, "action": {"close": True}}])
    await notify.hear(a_session([petition_id], notify.clock.now() + timedelta(hours=20)))
    await settled(notify, petition_id, "T08.2026-07", "delivered")
    notice = next(one for one in await notify.notices(petition_id) if one["template"] == "T08.2026-07")
    assert [(one["channel"], one["tries"]) for one in notice["attempts"]] == [("zalo", 1), ("sms", 1)]


async def test_accepted_by_zalo_but_never_received_goes_by_sms_when_the_clock_has_run(notify: Notify) -> None:
    petition_id = await notify.filed(magic(700))
    await settled(notify, petition_id, "T01.2026-07", "accepted")
    assert len(await notify.simulator.ledger()) == 1
    notify.clock.advance(hours=2, seconds=1)

    async def both() -> bool:
        return [one["profile"] for one in await notify.simulator.ledger()] == ["zalo", "esms"]

    await eventually(both)
    await settled(notify, petition_id, "T01.2026-07", "accepted")
    notify.clock.advance(hours=73)
    notice = await settled(notify, petition_id, "T01.2026-07", "undelivered")
    assert notice["failure"] == "no_receipt"


async def test_a_lost_receipt_is_found_by_asking(notify: Notify) -> None:
    await notify.simulator.scenario(webhook_zalo=None)
    petition_id = await notify.filed(HAPPY)
    await notify.simulator.expect(delivered=1, within_s=10)
    await settled(notify, petition_id, "T01.2026-07", "accepted")
    notify.clock.advance(hours=2, seconds=1)
    await settled(notify, petition_id, "T01.2026-07", "delivered")
    assert len(await notify.simulator.ledger()) == 1


@pytest.mark.parametrize("allows_zalo", [True, False])
@pytest.mark.parametrize("number", [702, 703, 704])
async def test_receipts_thrice_or_before_the_answer_or_forged_count_once(
    notify: Notify, number: int, *, allows_zalo: bool
) -> None:
    fact = a_filing()
    await notify.hear(fact)
    await notify.hear(notify.contact(fact.petition_id, magic(number), allows_zalo=allows_zalo))
    await settled(notify, fact.petition_id, "T01.2026-07", "delivered")
    if number == 702:

        async def all_answered() -> bool:
            findings = (await notify.simulator.stats())["findings"]
            return 3 in {findings.get("webhook_answer_200"), findings.get("callback_answer_200")}

        await eventually(all_answered)
    if number == 704:
        findings = (await notify.simulator.stats())["findings"]
        assert 1 in {findings.get("webhook_answer_403"), findings.get("callback_answer_403")}
    assert await notify.said_types() == ["NoticeDelivered", "NoticeSent"]


async def test_receipts_for_what_we_never_sent_change_nothing(notify: Notify) -> None:
    unsigned = await notify.http.post("/v1/receipts/zalo", content=b'{"timestamp":"1"}')
    assert unsigned.status_code == 403
    assert unsigned.json()["code"] == "bad_signature"
    garbage = await notify.http.post("/v1/receipts/zalo", content=b"\xff\xfe")
    assert garbage.status_code == 422
    guessed = await notify.http.get(f"/v1/receipts/esms/{'0' * 40}", params={"RequestId": f"n_{uuid4().hex}_s1"})
    assert guessed.status_code == 403
    assert await notify.said() == []


async def test_a_thousand_deliveries_of_one_fact_are_one_notice(notify: Notify) -> None:
    fact = a_filing()
    envelope = await notify.hear(fact)
    await asyncio.gather(*(notify.hear_again(fact, envelope) for _ in range(999)))
    await notify.hear(notify.contact(fact.petition_id, HAPPY))
    await settled(notify, fact.petition_id, "T01.2026-07", "delivered")
    assert len(await notify.notices(fact.petition_id)) == 1
    await notify.simulator.expect(messages=1, no_duplicates=True)
    assert await notify.said_types() == ["NoticeDelivered", "NoticeSent"]


async def test_facts_may_come_in_any_order(notify: Notify) -> None:
    """First the acceptance, then the contact, last the filing with the code: nothing is lost, nothing too early."""
    fact = a_filing()
    await notify.hear(an_acceptance(fact.petition_id))
    await notify.hear(notify.contact(fact.petition_id, HAPPY))

    async def waits() -> bool:
        return await notify.chassis.ledger.count("notices", in_state("awaiting_contact")) == 1

    await eventually(waits)
    assert await notify.simulator.ledger() == []
    await notify.hear(fact)
    await settled(notify, fact.petition_id, "T02.2026-07", "delivered")
    await settled(notify, fact.petition_id, "T01.2026-07", "delivered")


async def test_a_contact_that_comes_while_the_notice_is_put_aside_is_not_missed(
    simulator: httpx.AsyncClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It arrives after the look that did not find it, before the note that wakes would look for."""
    async with notify_served(simulator, tmp_path, notify_recheck_seconds=3600.0) as notify:
        fact, update, came = a_filing(), notify.chassis.ledger.update, asyncio.Event()

        async def slow(collection: str, document_id: str, expected_version: int, change: Change) -> bool:
            if change.state.get("state") == "awaiting_contact" and not came.is_set():
                came.set()
                await notify.hear(notify.contact(fact.petition_id, HAPPY))
            return await update(collection, document_id, expected_version, change)

        monkeypatch.setattr(notify.chassis.ledger, "update", slow)
        await notify.hear(fact)
        await came.wait()
        await settled(notify, fact.petition_id, "T01.2026-07", "delivered")


async def test_who_does_not_want_notices_gets_none(notify: Notify) -> None:
    petition_id = await notify.filed(HAPPY, wants_notices=False)
    await settled(notify, petition_id, "T01.2026-07", "suppressed")
    assert await notify.simulator.ledger() == []
    assert await notify.said() == []


async def test_no_contact_within_the_hour_is_said_aloud(notify: Notify) -> None:
    fact = a_filing()
    await notify.hear(fact)
    await settled(notify, fact.petition_id, "T01.2026-07", "awaiting_contact")
    notify.clock.advance(hours=1)
    notice = await settled(notify, fact.petition_id, "T01.2026-07", "failed")
    assert notice["failure"] == "no_contact"


async def test_stale_news_is_not_sent(notify: Notify) -> None:
    petition_id = await notify.filed(HAPPY)
    await settled(notify, petition_id, "T01.2026-07", "delivered")
    await notify.hear(an_acceptance(petition_id), said_at=notify.clock.now() - timedelta(days=3))
    notice = await settled(notify, petition_id, "T02.2026-07", "expired")
    assert notice["failure"] == "expired"
    assert len(await notify.simulator.ledger()) == 1


@pytest.mark.parametrize("number", [678, 118])
async def test_a_denunciation_is_told_by_neutral_sms_that_gives_nothing_away(notify: Notify, number: int) -> None:
    petition_id = await notify.filed(magic(number), kind=PetitionKind.DENUNCIATION)
    await notify.hear(an_acceptance(petition_id, PetitionKind.DENUNCIATION))
    await notify.hear(a_session([petition_id], notify.clock.now() + timedelta(hours=20), is_discreet=True))
    await notify.simulator.expect(messages=3, within_s=15)
    ledger = await notify.simulator.ledger()
    assert {(one["profile"], one["sender"]) for one in ledger} == {("esms", "TTDT-SIM")}
    for text in (one["text"] for one in ledger):
        assert CODE in text
        assert not [canary for canary in CANARIES if canary.lower() in text.lower()]
    shown = await notify.notices(petition_id)
    assert {(one["text"], one["template"], one["use"]) for one in shown} == {(None, "D", "Thông báo kín")}
    kept = [document.state for document in await notify.chassis.ledger.select("notices", in_state(None), limit=10)]
    assert all(not set(state["values"]) - {"han"} for state in kept)


async def test_discretion_learned_with_the_contact_makes_waiting_notices_neutral(notify: Notify) -> None:
    fact = a_filing()
    await notify.hear(fact)
    await notify.hear(notify.contact(fact.petition_id, HAPPY, is_discreet=True))
    await notify.simulator.expect(messages=1, within_s=15)
    [message] = await notify.simulator.ledger()
    assert message["profile"] == "esms"
    assert message["text"].startswith("Cong TTDT Nghe An: Da ghi nhan ho so")
    templates = {fact.template for fact in await notify.said()}
    assert templates <= {"D01.2026-07"}


async def test_an_expired_token_is_refreshed_once_by_many_senders(notify: Notify) -> None:
    await notify.simulator.scenario(token_ttl_seconds=1)
    petition_id = await notify.filed(HAPPY)
    await settled(notify, petition_id, "T01.2026-07", "delivered")
    await notify.simulator.http.post("/__sim/clock", json={"advance_s": 5})
    await notify.simulator.scenario(token_ttl_seconds=90_000)
    others = [await notify.filed(f"8491234{number:04}") for number in range(20)]
    for other in others:
        await settled(notify, other, "T01.2026-07", "delivered")
    assert {one["profile"] for one in await notify.simulator.ledger()} == {"zalo"}
    assert "refresh_reuse" not in (await notify.simulator.stats())["findings"]


async def test_a_dead_zalo_account_opens_the_circuit_and_everybody_gets_sms(notify: Notify) -> None:
    await notify.simulator.scenario(wallet=0)
    petition_ids = [await notify.filed(f"8491234{number:04}") for number in range(5)]
    for petition_id in petition_ids:
        await settled(notify, petition_id, "T01.2026-07", "delivered")
    assert {one["profile"] for one in await notify.simulator.ledger()} == {"esms"}
    petition_id = await notify.filed(HAPPY)
    await settled(notify, petition_id, "T01.2026-07", "delivered")
    metrics = (await notify.http.get("/metrics")).text
    assert 'tcd_provider_circuit_open{channel="zalo"} 1.0' in metrics


async def test_an_operator_retries_a_failed_notice_and_nothing_else(notify: Notify) -> None:
    await notify.simulator.scenario(faults=[{"action": {"error": -110}, "match": {"profile": "zalo"}},
                                            {"action": {"error": 99}, "match": {"profile": "esms"}}])  # fmt: skip
    petition_id = await notify.filed(HAPPY)
    notice = await settled(notify, petition_id, "T01.2026-07", "failed")
    await notify.simulator.scenario(faults=[])
    door = f"/v1/notices/{notice['notice_id']}/retry"
    officer = await notify.http.post(door, headers=notify.bearer(Role.PETITION_OFFICER))
    assert officer.status_code == 403
    again = await notify.http.post(door, headers=notify.bearer(Role.SYSTEM_OPERATOR))
    assert again.status_code == 200, again.text
    await settled(notify, petition_id, "T01.2026-07", "delivered")
    twice = await notify.http.post(door, headers=notify.bearer(Role.SYSTEM_OPERATOR))
    assert twice.status_code == 409
    assert twice.json()["code"] == "notice_not_failed"


async def test_only_officers_of_the_units_concerned_see_notices(notify: Notify) -> None:
    petition_id = await notify.filed(HAPPY)
    await settled(notify, petition_id, "T01.2026-07", "delivered")
    wanted = {"petition_id": str(petition_id)}

    async def status(*roles: Role, unit: str | None) -> int:
        return (
            await notify.http.get("/v1/notices", params=wanted, headers=notify.bearer(*roles, unit=unit))
        ).status_code

    assert await status(Role.PETITION_OFFICER, unit=COMMUNE) == 200
    assert await status(Role.PETITION_OFFICER, unit="xa-16681") == 404
    assert await status(Role.CITIZEN, unit=None) == 403
    assert (await notify.http.get("/v1/notices", params=wanted)).status_code == 401
    [notice] = await notify.notices(petition_id)
    assert HAPPY[2:] not in str(notice)
    assert CODE in notice["text"]
    counts = await notify.http.get("/v1/notices/counts", headers=notify.bearer())
    assert counts.json()["delivered"] == 1


@pytest.mark.parametrize("kind", [PetitionKind.DENUNCIATION, PetitionKind.MIXED])
async def test_the_accused_unit_that_received_a_denunciation_reads_none_of_its_notices(
    notify: Notify, kind: PetitionKind
) -> None:
    petition_id = await notify.filed(
        HAPPY, kind=kind, respondent_unit=COMMUNE, respondent_post=RespondentPost.HEAD, received_by=COMMUNE
    )
    [notice] = await eventually(lambda: notify.notices(petition_id))

    async def answers(unit: str, petition: PetitionId) -> list[tuple[int, str]]:
        who = notify.bearer(unit=unit)
        asked = await notify.http.get("/v1/notices", params={"petition_id": str(petition)}, headers=who)
        one = await notify.http.get(f"/v1/notices/{notice['notice_id']}", headers=who)
        return [(answer.status_code, answer.json().get("code", "")) for answer in (asked, one)]

    assert await answers(COMMUNE, petition_id) == [(404, "no_notice")] * 2
    assert await answers(COMMUNE, PetitionId(uuid4())) == [(404, "no_notice")] * 2
    assert [one["notice_id"] for one in await notify.notices(petition_id)] == [notice["notice_id"]]


@pytest.mark.parametrize("accused", ["btcd-40", "vp-40"])
async def test_the_board_that_received_what_accuses_it_or_its_office_reads_none_of_its_notices(
    notify: Notify, accused: str
) -> None:
    petition_id = await notify.filed(
        HAPPY,
        kind=PetitionKind.DENUNCIATION,
        respondent_unit=accused,
        respondent_post=RespondentPost.HEAD,
        received_by="btcd-40",
    )
    await eventually(lambda: notify.notices(petition_id))
    for unit, status in (("btcd-40", 404), ("vp-40", 404), ("tinh-40", 200)):
        who = notify.bearer(unit=unit)
        asked = await notify.http.get("/v1/notices", params={"petition_id": str(petition_id)}, headers=who)
        assert asked.status_code == status, unit


async def test_a_unit_that_a_complaint_is_about_reads_the_notices_it_owes(notify: Notify) -> None:
    petition_id = await notify.filed(HAPPY, respondent_unit=COMMUNE, respondent_post=RespondentPost.HEAD)
    [notice] = await eventually(lambda: notify.notices(petition_id, unit=COMMUNE))
    assert notice["petition_id"] == str(petition_id)


async def test_the_officer_on_duty_is_warned_of_a_deadline(simulator: httpx.AsyncClient, tmp_path: Path) -> None:
    duty = tmp_path / "duty.toml"
    duty.write_text('[[duty]]\npost = "kim-lien-1"\nunit = "xa-17971"\nphone = "+84911111111"\nallows_zalo = false\n')
    async with notify_served(simulator, tmp_path, notify_duty_file=duty) as notify:
        petition_id = await notify.filed(HAPPY)
        await notify.hear(a_warning(petition_id))
        notice = await settled(notify, petition_id, "O02.2026-07", "delivered")
        [message] = await notify.simulator.ledger(phone="84911111111")
        assert message["text"] == "TCD Nghe An: Don HS26-7K4QM9 con 3 ngay den han (23/12/2026). De nghi xu ly."
        assert notice["post"] == "kim-lien-1"
        assert {fact.petition_id for fact in await notify.said() if fact.template == "O02.2026-07"} == {None}


async def test_a_crash_between_attempt_and_answer_leads_to_unknown_and_one_message(
    simulator: httpx.AsyncClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies while eSMS holds the call it has already taken; its successor asks with the same id."""
    await simulator.put(
        "/__sim/scenario",
        json={
            "receipt_p50_seconds": 30.0,
            "faults": [{"match": {"nth": 1}, "action": {"accepts": True, "delay_ms": 0, "close": True, "times": 1}}],
        },
    )
    clock = MovedClock()
    async with notify_served(simulator, tmp_path, clock=clock) as dying:
        fact = a_filing()
        await dying.hear(fact)
        dies_before_the_answer_is_written(dying, monkeypatch)
        await dying.hear(dying.contact(fact.petition_id, HAPPY, allows_zalo=False))
        await dying.simulator.expect(messages=1, within_s=15)
        await settled(dying, fact.petition_id, "T01.2026-07", "sending")
    async with notify_served(simulator, tmp_path, clock=clock) as heir:
        await settled(heir, fact.petition_id, "T01.2026-07", "sending")
        clock.advance(seconds=31)  # the lease runs out
        await settled(heir, fact.petition_id, "T01.2026-07", "accepted")
        [message] = await heir.simulator.ledger()
        [notice] = await heir.notices(fact.petition_id)
        assert message["profile"] == "esms"
        assert [(one["tries"], one["provider_code"]) for one in notice["attempts"]] == [(2, "124")]
        assert await heir.said_types() == ["NoticeSent"]


async def test_a_moved_session_takes_back_the_reminder_of_the_old_day(notify: Notify) -> None:
    petition_id = await notify.filed(HAPPY)
    session = a_session([petition_id], notify.clock.now() + timedelta(days=9))
    await notify.hear(session)
    await settled(notify, petition_id, "T08.2026-07", "delivered")
    await settled(notify, petition_id, "T09.2026-07", "planned")
    await notify.hear(a_move(session, notify.clock.now() + timedelta(days=16)))
    await settled(notify, petition_id, "T10.2026-07", "delivered")
    await settled(notify, petition_id, "T09.2026-07", "suppressed")
    await settled(notify, petition_id, "T09.2026-07", "planned")
    notify.clock.advance(days=15, minutes=1)
    await settled(notify, petition_id, "T09.2026-07", "delivered")
    assert len([one for one in await notify.simulator.ledger() if "Nhắc lịch phiên" in one["text"]]) == 1


async def test_two_replicas_never_send_the_same_notice(simulator: httpx.AsyncClient, tmp_path: Path) -> None:
    """Both look at the same drawer, hear the same facts, and race for every notice."""
    async with notify_served(simulator, tmp_path) as one, notify_served(simulator, tmp_path, replica="1") as other:
        filings = [a_filing() for _ in range(30)]
        for number, fact in enumerate(filings):
            envelope = await one.hear(fact)
            await asyncio.gather(one.hear_again(fact, envelope), other.hear_again(fact, envelope))
            await one.hear(one.contact(fact.petition_id, f"8491234{number:04}", allows_zalo=number % 2 == 0))
        await one.simulator.expect(messages=30, no_duplicates=True, within_s=30)
        for fact in filings:
            await settled(other, fact.petition_id, "T01.2026-07", "delivered")
        await one.simulator.expect(messages=30, no_duplicates=True)
        stats = await one.simulator.stats()
        assert "refresh_reuse" not in stats["findings"]
        assert "esms:124" not in stats["codes"]
        assert await one.said_types() == ["NoticeDelivered"] * 30 + ["NoticeSent"] * 30


async def test_no_number_and_no_text_stays_behind(
    simulator: httpx.AsyncClient, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not in logs, not in metrics, not in traces, not in any file, not in what is said."""
    traces = tmp_path / "spans.jsonl"
    async with notify_served(simulator, tmp_path, trace_file=traces) as notify:
        for number in (118, 146, 503, 704):
            petition_id = await notify.filed(magic(number))
            wanted = "delivered" if number in {118, 704} else "failed"
            await settled(notify, petition_id, "T01.2026-07", wanted)
        said = "".join(fact.model_dump_json() for fact in await notify.said())
        metrics = named_in((await notify.http.get("/metrics")).text)
    heard = capsys.readouterr()
    files = left_in(tmp_path)
    assert files["spans.jsonl"]
    for trail in (said.encode(), metrics.encode(), heard.err.encode(), heard.out.encode(), *files.values()):
        assert b"990000" not in trail
        assert b"Da nhan don" not in trail
        assert b"sim-esms-secret" not in trail


async def test_the_same_neutral_text_within_minutes_waits_instead_of_being_refused(notify: Notify) -> None:
    petition_id = await notify.filed(HAPPY, kind=PetitionKind.DENUNCIATION)
    await settled(notify, petition_id, "D", "delivered")
    for _ in range(2):
        await notify.hear(an_acceptance(petition_id, PetitionKind.DENUNCIATION))

    async def states() -> list[str] | None:
        found = sorted(str(one["state"]) for one in await notify.notices(petition_id))
        return found if found == ["delivered", "delivered", "held"] else None

    await eventually(states)
    notify.clock.advance(minutes=6)
    await notify.simulator.http.post("/__sim/clock", json={"advance_s": 360})
    await notify.simulator.expect(messages=3, within_s=15)
    assert "same_text_in_five_minutes" not in (await notify.simulator.stats())["findings"]
    assert "NoticeFailed" not in await notify.said_types()
