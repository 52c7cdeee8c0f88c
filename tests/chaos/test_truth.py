"""Every law of the kill runs can fail: each world here is broken in one place, and the law that guards it says so."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from contracts.facts.notify import NoticeFailed
from contracts.ids import FactId, NoticeId
from contracts.vocabulary import NoticeFailure
from services.chassis.ledger.port import Document, Head
from tests.chaos import truth
from tests.chaos.clocks import deadlines_follow_from_the_day_of_receipt
from tests.chaos.folds import CONSUMERS
from tests.chaos.sound_world import NOW, RECORDING, SESSION, Sound, a_sound_world
from tests.routing.given import filed, opened, petition

Break = Callable[[Sound], object]
EVERY_LAW = (*truth.LAWS, *truth.LAWS_OF_RECORDINGS)


def _all(sound: Sound) -> list[str]:
    return truth.findings(sound.world(), EVERY_LAW)


def _named(findings: list[str]) -> set[str]:
    return {one.partition(":")[0] for one in findings}


def test_nothing_is_found_in_a_sound_world() -> None:
    assert _all(a_sound_world()) == []


def _petition_lost(sound: Sound) -> None:
    sound.acknowledged.petitions[3] = str(petition(3))


def _two_answers_one_petition(sound: Sound) -> None:
    sound.acknowledged.petitions[3] = sound.acknowledged.petitions[1]


def _case_lost(sound: Sound) -> None:
    case, _ = opened(filed())
    del sound.documents["routing.cases"][str(case.case_id)]


def _case_opened_twice(sound: Sound) -> None:
    _, said = opened(filed(petition_id=petition(2)))
    sound.say(said[0])


def _withdrawal_lost(sound: Sound) -> None:
    sound.acknowledged.withdrawn.add(str(petition(2)))


def _fact_lost_in_the_middle(sound: Sound) -> None:
    del sound.histories["sessions", str(SESSION)][1]


def _fact_changed(sound: Sound) -> None:
    chain = sound.histories["sessions", str(SESSION)]
    chain[1] = replace(chain[1], value=chain[1].value.replace(b"tinh-40", b"tinh-41"))


def _fact_lost_at_the_end(sound: Sound) -> None:
    sound.histories["recordings", str(RECORDING)].pop()


def _fact_never_said(sound: Sound) -> None:
    documents = sound.documents["sessions.sessions"]
    chain = sound.histories["sessions", str(SESSION)]
    documents[str(SESSION)] = replace(documents[str(SESSION)], pending=(chain[-1],))


def _head_behind(sound: Sound) -> None:
    documents = sound.documents["sessions.sessions"]
    heads = {"sessions": Head(2, sound.histories["sessions", str(SESSION)][1].hash)}
    documents[str(SESSION)] = replace(documents[str(SESSION)], heads=heads)


def _dead_letter(sound: Sound) -> None:
    sound.documents["notify.delivery_letters"] = {"x": Document("x", 1, {"reason": "bug", "code": "KeyError"})}


def _notice_not_planned(sound: Sound) -> None:
    sound.documents["notify.notices"].popitem()


def _notice_planned_twice(sound: Sound) -> None:
    kept = sound.documents["notify.notices"]
    first = next(iter(kept.values()))
    kept[str(petition(7))] = replace(first, id=str(petition(7)))


def _notice_failed(sound: Sound) -> None:
    key = next(iter(sound.documents["notify.notices"]))
    cause = FactId(petition(5))
    sound.say(
        NoticeFailed(
            notice_id=NoticeId(petition(5)),
            cause=cause,
            petition_id=None,
            template="T01.2026-07",
            failed_at=NOW,
            reason=NoticeFailure.PROVIDER_AWAY,
            attempts=1,
        )
    )
    assert key


def _told_twice(sound: Sound) -> None:
    sound.messages.append(sound.messages[0])


def _told_never(sound: Sound) -> None:
    sound.messages.pop()


def _somebody_else_told(sound: Sound) -> None:
    sound.messages.append({"request_id": "not ours"})


def _chunk_lost(sound: Sound) -> None:
    sound.manifests[str(RECORDING)]["streams"][0]["chunks"].pop()


def _chunk_changed(sound: Sound) -> None:
    sound.manifests[str(RECORDING)]["streams"][0]["chunks"][1]["sha256"] = "f" * 64


def _bytes_gone(sound: Sound) -> None:
    sound.stored.popitem()


def _bytes_in_another_order(sound: Sound) -> None:
    sound.manifests[str(RECORDING)]["streams"][0]["objects"].reverse()


def _bytes_besides(sound: Sound) -> None:
    objects = sound.manifests[str(RECORDING)]["streams"][0]["objects"]
    objects.append(objects[-1])


def _chunk_from_nowhere(sound: Sound) -> None:
    chunks = sound.manifests[str(RECORDING)]["streams"][0]["chunks"]
    chunks.append(chunks[0] | {"seq": 9})


def _not_valid(sound: Sound) -> None:
    sound.verdicts[str(RECORDING)] = "broken"


def _not_looked_at(sound: Sound) -> None:
    sound.verdicts.clear()


def _not_stored(sound: Sound) -> None:
    sound.histories["recordings", str(RECORDING)].pop()


def _stored_twice(sound: Sound) -> None:
    chain = sound.histories["recordings", str(RECORDING)]
    again = chain[-1].fact()
    assert again is not None
    sound.say(again)


def _session_from_nowhere(sound: Sound) -> None:
    documents = sound.documents["sessions.sessions"]
    documents["other"] = replace(documents[str(SESSION)], id="other")


BROKEN: dict[str, list[Break]] = {
    "every_filing_is_one_petition_and_one_case": [
        _petition_lost,
        _two_answers_one_petition,
        _case_lost,
        _case_opened_twice,
        _withdrawal_lost,
    ],
    "sequences_are_gapless_and_chains_whole": [_fact_lost_in_the_middle, _fact_changed],
    "every_document_ends_where_its_history_ends": [_fact_lost_at_the_end, _fact_never_said, _head_behind],
    "nothing_was_put_aside": [_dead_letter],
    "every_notifiable_fact_has_one_notice": [_notice_not_planned, _notice_planned_twice, _notice_failed],
    "nobody_is_told_twice_but_where_the_answer_was_lost": [_told_twice, _told_never, _somebody_else_told],
    "every_acknowledged_chunk_stands_in_the_store": [_bytes_gone, _bytes_in_another_order, _bytes_besides],
    "every_acknowledged_chunk_is_sealed": [_chunk_lost, _chunk_changed, _chunk_from_nowhere],
    "every_session_has_one_sealed_recording": [_stored_twice, _not_stored, _session_from_nowhere],
    "every_recording_verifies": [_not_valid, _not_looked_at],
}


@pytest.mark.parametrize(
    ("law", "broken"),
    [(law, one) for law, breaks in BROKEN.items() for one in breaks],
    ids=lambda one: getattr(one, "__name__", one),
)
def test_a_broken_world_is_found_out(law: str, broken: Break) -> None:
    sound = a_sound_world()

    broken(sound)

    assert law in _named(_all(sound))


def test_no_law_is_without_a_world_that_breaks_it() -> None:
    elsewhere = {"the_bus_carried_every_fact", "consumers_hold_the_fold_of_the_history"}

    assert {law.__name__ for law in EVERY_LAW} == {*BROKEN, *elsewhere}


@pytest.mark.parametrize("broken", ["never heard", "heard and never said", "heard otherwise"])
def test_a_bus_that_carried_something_else_is_found_out(broken: str) -> None:
    world = a_sound_world().world()
    place = next(iter(world.heard))
    heard = dict(world.heard)
    if broken == "never heard":
        del heard[place]
    elif broken == "heard and never said":
        heard["cases", "nobody", 1] = heard[place]
    else:
        heard[place] = replace(heard[place], hash="0" * 64)

    found = truth.findings(replace(world, heard=heard))

    assert [one for one in found if one.startswith(f"the_bus_carried_every_fact: {broken}")]


STALE: dict[str, Break] = {
    "routing on petitions": lambda sound: sound.state("routing.cases").update(withdrawn=None),
    "routing on its cases": lambda sound: sound.state("routing.cases").update(status="open"),
    "intake's timelines": lambda sound: sound.state("intake.timelines")["steps"].pop(),
    "sessions' candidates": lambda sound: sound.state("sessions.candidates").update(status="open"),
    "sessions on recordings": lambda sound: sound.state("sessions.sessions")["recording"].update(status="running"),
    "recording on sessions": lambda sound: sound.state("recording.recordings").update(session_ended_at=None),
    "notify's dossiers": lambda sound: sound.state("notify.dossiers").update(contact=None),
    "notify on its notices": lambda sound: sound.state("notify.notices").update(state="sending"),
}


@pytest.mark.parametrize("consumer", CONSUMERS)
def test_a_consumer_that_missed_a_fact_is_found_out(consumer: str) -> None:
    sound = a_sound_world()

    STALE[consumer](sound)

    found = truth.findings(sound.world())
    assert [one for one in found if one.startswith(f"consumers_hold_the_fold_of_the_history: {consumer}")]


def test_a_step_shown_twice_is_found_out() -> None:
    sound = a_sound_world()
    steps = sound.state("intake.timelines")["steps"]
    steps.append(steps[0])

    assert _named(_all(sound)) == {"consumers_hold_the_fold_of_the_history"}


def test_a_message_taken_twice_is_no_finding_where_the_answer_was_lost() -> None:
    sound = a_sound_world()
    sound.messages.append(sound.messages[0])
    sound.state("notify.notices")["attempts"][0]["unclear"] = 1

    world = sound.world()

    assert truth.findings(world) == []
    assert (truth.unknown_outcomes(world), truth.taken_twice(world)) == (1, 1)


def test_a_deadline_counted_from_another_day_is_found_out() -> None:
    sound, other = a_sound_world(), filed("2026-09-08", petition_id=petition(2))
    laws = [deadlines_follow_from_the_day_of_receipt]
    assert truth.findings(sound.world(), laws) == []

    case, said = opened(other)
    del sound.histories["cases", str(case.case_id)]
    sound.say(said[0])

    assert len(truth.findings(sound.world(), laws)) == 1


def test_what_is_lost_or_there_twice_is_counted() -> None:
    sound = a_sound_world()
    assert (truth.lost(sound.world()), truth.duplicated(sound.world())) == (0, 0)
    _petition_lost(sound)
    _chunk_lost(sound)
    assert (truth.lost(sound.world()), truth.duplicated(sound.world())) == (2, 0)
    _two_answers_one_petition(sound)
    assert truth.duplicated(sound.world()) == 1
