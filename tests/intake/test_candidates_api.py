import json
import logging
from typing import Any
from uuid import UUID

import pytest

from contracts.facts.routing import CaseClosed
from contracts.ids import PetitionId, case_of, derived
from contracts.vocabulary import CandidateReason, PetitionKind, Role
from services.chassis.ledger.port import Change, Where
from services.intake.candidates_api import LINK_ORDERS
from services.intake.domain import Step, Timeline
from services.intake.likeness.keys import LIKENESS_KEYS, SEARCHES_MAX
from services.intake.likeness.words import bare
from services.intake.store import FOUND_PER_MARK
from services.routing.orders.linking import DuplicateLink, EarlierLink
from tests.intake.corpus import NOW
from tests.intake.door import CITIZEN, RECEIVER, Intake, a_body, bearer

TEXT = (
    "Tôi không đồng ý với Quyết định số 125/QĐ-UBND thu hồi thửa ruộng giả định ở xóm Sen. Việc kiểm đếm bỏ sót "
    "hàng cây bạch đàn và giếng khơi, giá bồi thường thấp hơn giá niêm yết, không ai lấy ý kiến gia đình."
)
ELSEWHERE = "Cầu treo sang bản Mô Phỏng hỏng nhiều ván, học sinh đi lại nguy hiểm, đề nghị sửa trước mùa mưa."
OFFICER = bearer(Role.PETITION_OFFICER, unit="xa-17971", subject="officer-2")
BOARD = bearer(Role.RECEIVER, unit="btcd-40", subject="officer-3")
NEIGHBOUR = {"full_name": "Trần Thị Mẫu", "personal_number": "040185000456", "phone": "0987654322"}
CANARIES = ("Nguyễn Văn Thử", "nguyen van thu", "0912345678", "84912345678", "040085000123", "bạch đàn", "bach dan")


def a_petition(text: str = TEXT, **said: Any) -> dict[str, Any]:
    return a_body(content={"summary": "Đơn giả định", "text": text}, **said)


async def filed(intake: Intake, body: dict[str, Any], who: dict[str, str] = RECEIVER) -> str:
    return str((await intake.file(body, who=who)).raise_for_status().json()["petition_id"])


async def candidates(intake: Intake, petition_id: str, who: dict[str, str] = OFFICER, **query: Any) -> dict[str, Any]:
    url = f"/v1/petitions/{petition_id}/candidates"
    answer: dict[str, Any] = (await intake.client.get(url, params=query, headers=who)).raise_for_status().json()
    return answer


def case(petition_id: str) -> str:
    return str(case_of(PetitionId(UUID(petition_id))))


async def test_a_second_copy_typed_without_marks_is_proposed_with_reasons_and_the_order_that_confirms_it(
    intake: Intake,
) -> None:
    first = await filed(intake, a_petition(decision_known_on="2026-08-03", received_at="2026-08-20T08:00:00+07:00"))
    await filed(intake, a_petition(ELSEWHERE, **NEIGHBOUR))
    second = await filed(intake, a_petition(bare(TEXT), decision_known_on="2026-08-03"))

    answer = await candidates(intake, second)
    back = await candidates(intake, first)

    (found,) = answer["candidates"]
    assert (found["petition_id"], found["case_id"], found["verdict"]) == (first, case(first), "duplicate")
    assert found["received_on"] == "2026-08-20"
    order = {"path": f"/v1/cases/{case(second)}/link-duplicate", "to_case": case(first)}
    assert found["next"] == order
    assert back["candidates"][0]["next"] == order, "whichever is asked about, the later one joins the earlier one"
    assert (answer["is_compared"], answer["is_complete"]) == (True, True)
    said = {reason["reason"]: reason for reason in found["reasons"]}
    assert set(said) == {
        "text_likeness",
        "same_personal_number",
        "same_name",
        "same_phone",
        "same_decision",
        "same_respondent",
        "same_place",
        "same_field",
        "same_decision_day",
        "days_apart",
    }
    assert (said["text_likeness"]["percent"], said["days_apart"]["days"]) == (100, 18)
    assert said["same_decision"]["label"] == CandidateReason.SAME_DECISION.label


def test_the_order_that_is_named_is_one_of_routings() -> None:
    assert set(LINK_ORDERS.values()) == {DuplicateLink.PATH, EarlierLink.PATH}
    assert "to_case" in DuplicateLink.model_fields
    assert "to_case" in EarlierLink.model_fields


async def test_a_neighbour_in_the_same_matter_is_proposed_as_such_and_nothing_is_to_be_linked(intake: Intake) -> None:
    first = await filed(intake, a_petition())
    second = await filed(intake, a_petition(**NEIGHBOUR))

    (found,) = (await candidates(intake, second))["candidates"]

    assert (found["petition_id"], found["verdict"], found["next"]) == (first, "same_matter", None)


async def test_a_second_complaint_is_shown_the_first_and_the_order_that_links_it(intake: Intake) -> None:
    first = await filed(intake, a_petition(received_at="2026-07-20T08:00:00+07:00"))
    second = await filed(intake, a_petition(f"{TEXT} Tôi khiếu nại lần hai.", instance="second"))

    (found,) = (await candidates(intake, second))["candidates"]

    assert found["verdict"] == "goes_on"
    assert found["next"] == {"path": f"/v1/cases/{case(second)}/link-earlier", "to_case": case(first)}


async def test_a_copy_of_what_is_over_is_no_duplicate(intake: Intake) -> None:
    first = await filed(intake, a_petition(received_at="2026-07-20T08:00:00+07:00"))
    second = await filed(intake, a_petition())
    await _close(intake, first)

    (found,) = (await candidates(intake, second))["candidates"]

    assert (found["verdict"], found["next"]) == ("goes_on", None)
    assert "other_case_over" in {reason["reason"] for reason in found["reasons"]}


@pytest.mark.parametrize("kind", [PetitionKind.DENUNCIATION, PetitionKind.MIXED])
async def test_no_denunciation_is_a_candidate_of_an_open_petition_or_the_other_way_round(
    intake: Intake, kind: PetitionKind
) -> None:
    secret = await filed(intake, a_petition(kind=kind, respondent_unit="xa-17662"))
    ordinary = await filed(intake, a_petition(respondent_unit="xa-17662"))

    assert (await candidates(intake, secret, RECEIVER))["candidates"] == []
    assert (await candidates(intake, ordinary, RECEIVER))["candidates"] == []
    keys = [dict(document.keys) for document in await intake.ledger.select("petitions", Where())]
    marks = [{value for key, value in one.items() if key in LIKENESS_KEYS} for one in keys]
    assert all(marks)
    assert marks[0].isdisjoint(marks[1])


async def test_a_denunciation_is_compared_with_denunciations_by_its_words_and_only_for_who_may_see_both(
    intake: Intake,
) -> None:
    first = await filed(intake, a_petition(kind=PetitionKind.DENUNCIATION, respondent_unit="xa-17662"))
    second = await filed(intake, a_petition(kind=PetitionKind.DENUNCIATION, respondent_unit="xa-17662", signer_count=2))
    url = f"/v1/petitions/{second}/candidates"

    (found,) = (await candidates(intake, second, RECEIVER))["candidates"]
    unseen = await intake.client.get(url, headers=OFFICER)

    assert (found["petition_id"], found["verdict"]) == (first, "duplicate")
    reasons = {reason["reason"] for reason in found["reasons"]}
    assert "person_not_compared" in reasons
    assert not reasons & {"same_personal_number", "same_name", "same_phone"}
    assert unseen.status_code == 404


async def test_what_accuses_the_callers_unit_is_not_among_the_candidates(intake: Intake) -> None:
    accusing = a_petition(kind=PetitionKind.DENUNCIATION, channel="web", respondent_unit="xa-17971")
    hidden = await filed(intake, accusing, CITIZEN)
    others = a_petition(kind=PetitionKind.DENUNCIATION, respondent_unit="xa-17971", respondent_post="officer")
    seen = await filed(intake, others)

    assert (await candidates(intake, seen, RECEIVER))["candidates"] == []
    (found,) = (await candidates(intake, seen, BOARD))["candidates"]
    assert found["petition_id"] == hidden


async def test_a_copy_at_another_commune_is_seen_by_the_province_only(intake: Intake) -> None:
    there = bearer(Role.RECEIVER, unit="xa-16681")
    other = await filed(intake, a_petition(received_by="xa-16681"), there)
    here = await filed(intake, a_petition())

    assert (await candidates(intake, here))["candidates"] == []
    assert [one["petition_id"] for one in (await candidates(intake, here, BOARD))["candidates"]] == [other]
    strange = await intake.client.get(f"/v1/petitions/{other}/candidates", headers=OFFICER)
    absent = await intake.client.get(f"/v1/petitions/{derived('petition', 'none')}/candidates", headers=OFFICER)
    assert (strange.status_code, absent.status_code) == (404, 404)
    assert strange.json()["code"] == absent.json()["code"]


async def test_candidates_are_for_officers_who_receive_and_classify(intake: Intake) -> None:
    own = await filed(intake, a_petition(channel="web"), CITIZEN)
    url = f"/v1/petitions/{own}/candidates"

    answers = [
        await intake.client.get(url, headers=who) for who in (CITIZEN, bearer(Role.ADVISING_UNIT, unit="xa-17971"))
    ]

    assert [answer.status_code for answer in answers] == [403, 403]


async def test_a_citizens_receipt_says_nothing_of_likeness(intake: Intake) -> None:
    await filed(intake, a_petition(channel="web"), CITIZEN)

    again = (await intake.file(a_petition(channel="zalo"), who=CITIZEN)).json()

    assert set(again) == {"petition_id", "code", "access_key", "received_at", "content_sha256", "warnings"}


async def test_the_work_is_bounded_however_many_are_alike(intake: Intake, monkeypatch: pytest.MonkeyPatch) -> None:
    crowd = FOUND_PER_MARK + 6
    first = await filed(intake, a_petition())
    for number in range(crowd):
        await filed(intake, a_petition(personal_number=f"0400850{number:05}", full_name=f"Lê Thử {number}", phone=None))
    read: list[int] = []
    select = intake.ledger.select

    async def counted(*place: Any, **how: Any) -> Any:
        found = await select(*place, **how)
        read.append(len(found))
        return found

    monkeypatch.setattr(intake.ledger, "select", counted)
    answer = await candidates(intake, first, limit=20)

    assert len(read) <= SEARCHES_MAX
    assert max(read) == FOUND_PER_MARK < crowd
    assert len(answer["candidates"]) == 20
    assert not answer["is_complete"], "an answer that was cut says so"


async def test_a_petition_of_before_likeness_was_kept_is_no_candidate_and_says_so(intake: Intake) -> None:
    old = await filed(intake, a_petition())
    new = await filed(intake, a_petition(signer_count=2))
    await _as_of_before(intake, old)

    assert (await candidates(intake, new))["candidates"] == []
    answer = await candidates(intake, old)
    assert (answer["is_compared"], answer["candidates"]) == (False, [])


async def test_neither_person_nor_word_stands_in_the_ledger_the_outbox_the_answer_or_the_logs(
    intake: Intake, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    first = await filed(intake, a_petition())
    second = await filed(intake, a_petition(bare(TEXT)))

    answer = await candidates(intake, second)
    metrics = (await intake.client.get("/metrics")).text

    documents = await intake.ledger.select("petitions", Where())
    marks = {str(one.keys["person_number"]) for one in documents} | {str(one.keys["band_0"]) for one in documents}
    printed = capsys.readouterr()
    said = {
        "ledger": json.dumps([[one.state, dict(one.keys)] for one in documents], ensure_ascii=False),
        "outbox": json.dumps([fact.to_document() for one in documents for fact in one.pending], ensure_ascii=False),
        "answer": json.dumps(answer, ensure_ascii=False),
        "logs": caplog.text + printed.out + printed.err,
        "metrics": metrics,
    }
    assert [one["petition_id"] for one in answer["candidates"]] == [first]
    assert {place: [canary for canary in CANARIES if canary in text] for place, text in said.items()} == {
        place: [] for place in said
    }
    assert len(marks) == 2
    assert {place for place, text in said.items() if any(mark in text for mark in marks)} == {"ledger"}


async def _close(intake: Intake, petition_id: str) -> None:
    """Intake has heard that the case ended."""
    step = Step(fact_id="1", type=CaseClosed.TYPE, time=NOW, value="{}")
    timeline = Timeline(petition_id=PetitionId(UUID(petition_id)), steps=(step,))
    await intake.ledger.insert("timelines", petition_id, Change(state=timeline.model_dump(mode="json"), keys={}))


async def _as_of_before(intake: Intake, petition_id: str) -> None:
    """The document as an older intake wrote it."""
    document = await intake.ledger.read("petitions", petition_id)
    assert document is not None
    sealed = {name: box for name, box in document.state["sealed"].items() if name != "sketch"}
    state = {name: value for name, value in document.state.items() if name != "likeness"} | {"sealed": sealed}
    keys = {name: value for name, value in document.keys.items() if name not in LIKENESS_KEYS}
    assert await intake.ledger.update("petitions", petition_id, document.version, Change(state=state, keys=keys))
