import asyncio
import json
from typing import Any

import pytest

from contracts.vocabulary import PetitionKind, Role
from services.chassis.ledger.port import Where
from tests.intake.door import CITIZEN, RECEIVER, Intake, a_body, bearer

PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"
EXECUTABLE = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00" + b"\x00" * 200
CANARIES = ("Nguyễn Văn Thử", "0912345678", "+84912345678", "912345678", "040085000123", "xóm Sen", "giả định")


async def test_a_filing_answers_with_a_receipt_and_is_durable(intake: Intake) -> None:
    answer = await intake.file()

    assert answer.status_code == 201
    receipt = answer.json()
    assert receipt["code"].startswith("HS26-")
    assert len(receipt["access_key"]) == 8
    assert await intake.petitions() == 1


async def test_the_same_filing_a_thousand_times_at_once_is_one_petition(intake: Intake) -> None:
    answers = await asyncio.gather(*(intake.file(key="one-and-the-same") for _ in range(1000)))

    assert {answer.status_code for answer in answers} <= {200, 201}
    assert [answer.status_code for answer in answers].count(201) == 1
    assert len({answer.text for answer in answers}) == 1
    assert await intake.petitions() == 1


async def test_the_same_content_without_a_key_is_one_petition_a_day(intake: Intake) -> None:
    first, second = await intake.file(), await intake.file()

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()


async def test_a_key_used_again_for_other_content_is_a_conflict(intake: Intake) -> None:
    await intake.file(key="my-key-0001")

    answer = await intake.file(a_body(signer_count=2), key="my-key-0001")

    assert answer.status_code == 409
    assert answer.json()["code"] == "idempotency_key_reused"


@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        ({"received_by": "xa-99999"}, 422, "unknown_unit"),
        ({"matter_unit": "xa-99999"}, 422, "unknown_unit"),
        ({"respondent_unit": "xa-99999"}, 422, "unknown_unit"),
        ({"received_at": "2026-09-08T08:00:00+07:00"}, 422, "received_in_future"),
        ({"received_by": "xa-16681"}, 403, "not_your_unit"),
    ],
)
async def test_bad_input_gets_one_clear_answer_and_leaves_nothing(
    intake: Intake, said: dict[str, Any], status: int, code: str
) -> None:
    answer = await intake.file(a_body() | said)

    assert answer.status_code == status
    assert answer.json()["code"] == code
    assert answer.headers["content-type"] == "application/problem+json"
    assert await intake.petitions() == 0


async def test_a_district_that_ended_receives_nothing_and_its_followers_are_named(intake: Intake) -> None:
    officer = bearer(Role.RECEIVER, unit="tinh-40")

    answer = await intake.file(a_body(received_by="huyen-nam-dan"), who=officer)

    assert answer.status_code in {409, 422}
    assert answer.json()["code"] in {"unit_closed", "unknown_unit"}


async def test_a_wrong_personal_number_is_a_warning_and_the_petition_is_taken(intake: Intake) -> None:
    answer = await intake.file(a_body(personal_number="12345"))

    assert answer.status_code == 201
    assert [warning["code"] for warning in answer.json()["warnings"]] == ["personal_number_format"]


async def test_a_body_of_ten_megabytes_is_refused(intake: Intake) -> None:
    body = a_body()
    body["content"]["text"] = "x" * 10_000_000

    answer = await intake.file(body)

    assert answer.status_code == 413
    assert await intake.petitions() == 0


async def test_an_unknown_field_is_told_by_place_and_never_by_its_words(intake: Intake) -> None:
    answer = await intake.file(a_body() | {"nickname": "canary-value"})

    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"field": "body.*", "rule": "extra_forbidden", "text": "Không nhận mục này."}]


async def test_a_citizen_files_on_the_web_and_sees_only_own_petitions(intake: Intake) -> None:
    own = (await intake.file(a_body(channel="web"), who=CITIZEN)).json()
    other = (await intake.file()).json()

    listed = await intake.client.get("/v1/petitions", headers=CITIZEN)
    strange = await intake.client.get(f"/v1/petitions/{other['petition_id']}", headers=CITIZEN)
    absent = await intake.client.get(f"/v1/petitions/{'0' * 8}-0000-4000-8000-{'0' * 12}", headers=CITIZEN)

    assert [petition["petition_id"] for petition in listed.json()] == [own["petition_id"]]
    assert (strange.status_code, absent.status_code) == (404, 404)
    assert strange.json()["code"] == absent.json()["code"]


async def test_a_citizen_does_not_file_at_a_counter(intake: Intake) -> None:
    assert (await intake.file(a_body(), who=CITIZEN)).json()["code"] == "channel_not_yours"


async def test_no_one_without_a_token_files(intake: Intake) -> None:
    assert (await intake.client.post("/v1/petitions", json=a_body())).status_code == 401


async def test_a_denunciation_is_in_no_list_but_the_receivers_and_opens_nowhere(intake: Intake) -> None:
    receipt = (await intake.file(a_body(kind=PetitionKind.DENUNCIATION, respondent_unit="xa-17662"))).json()
    chair = bearer(Role.ADVISING_UNIT, unit="xa-17971")

    for_receiver = await intake.client.get("/v1/petitions", headers=RECEIVER)
    for_chair = await intake.client.get("/v1/petitions", headers=chair)
    content = await intake.client.get(f"/v1/petitions/{receipt['petition_id']}/content", headers=RECEIVER)

    assert len(for_receiver.json()) == 1
    assert for_chair.json() == []
    assert (content.status_code, content.json()["code"]) == (403, "identity_sealed")


@pytest.mark.parametrize("kind", [PetitionKind.DENUNCIATION, PetitionKind.MIXED])
async def test_the_accused_unit_neither_lists_nor_reads_nor_withdraws_what_accuses_it(
    intake: Intake, kind: PetitionKind
) -> None:
    body = a_body(kind=kind, channel="web", respondent_unit="xa-17971")
    receipt = (await intake.file(body, who=CITIZEN)).json()
    url = f"/v1/petitions/{receipt['petition_id']}"

    listed = await intake.client.get("/v1/petitions", headers=RECEIVER)
    read = await intake.client.get(url, headers=RECEIVER)
    paper = {"scope": "whole", "document_number": "12/GXN-UBND"}
    withdrawn = await intake.client.post(f"{url}/withdrawal", json=paper, headers=RECEIVER)
    above = await intake.client.get(url, headers=bearer(Role.RECEIVER, unit="btcd-40"))
    own = await intake.client.get(url, headers=CITIZEN)

    assert listed.json() == []
    assert (read.status_code, withdrawn.status_code) == (404, 404)
    assert own.json()["status"] == "filed"
    assert above.status_code == 200, "the province's board has it in hand"


@pytest.mark.parametrize("kind", [PetitionKind.DENUNCIATION, PetitionKind.MIXED])
async def test_no_door_opens_a_petition_that_may_hold_a_denunciation(intake: Intake, kind: PetitionKind) -> None:
    receipt = (await intake.file(a_body(kind=kind, respondent_unit="xa-17662"))).json()
    officer = bearer(Role.PETITION_OFFICER, unit="xa-17971")

    for who in (RECEIVER, officer):
        answer = await intake.client.get(f"/v1/petitions/{receipt['petition_id']}/content", headers=who)
        assert answer.status_code in {403, 404}
        assert "Nguyễn Văn Thử" not in answer.text


async def test_the_door_takes_the_numbers_of_the_requests_that_are_withdrawn(intake: Intake) -> None:
    url = f"/v1/petitions/{(await intake.file(a_body(channel='web'), who=CITIZEN)).json()['petition_id']}/withdrawal"

    wrong = await intake.client.post(url, json={"scope": "partial", "requests": [0]}, headers=CITIZEN)
    whole = await intake.client.post(url, json={"scope": "whole", "requests": [1]}, headers=CITIZEN)
    partial = await intake.client.post(url, json={"scope": "partial", "requests": [2]}, headers=CITIZEN)

    assert wrong.status_code == 422
    assert (whole.status_code, whole.json()["code"]) == (422, "requests_of_whole")
    assert partial.json()["status"] == "partly_withdrawn"


async def test_an_officer_withdraws_for_somebody_only_on_a_signed_request(intake: Intake) -> None:
    url = f"/v1/petitions/{(await intake.file(a_body(channel='web'), who=CITIZEN)).json()['petition_id']}/withdrawal"

    without = await intake.client.post(url, json={"scope": "whole"}, headers=RECEIVER)
    paper = {"scope": "whole", "document_number": "12/GXN-UBND"}
    with_paper = await intake.client.post(url, json=paper, headers=RECEIVER)

    assert (without.status_code, without.json()["code"]) == (422, "paper_missing")
    assert with_paper.json()["status"] == "withdrawn"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"received_at": "2026-09-06T08:00:00+07:00"}, "received_at_not_yours"),
        ({"is_signed": True}, "signature_not_yours"),
        ({"particulars": {"is_remote": True}}, "particulars_not_yours"),
    ],
)
async def test_a_citizen_says_neither_when_it_came_in_nor_that_it_is_signed(
    intake: Intake, said: dict[str, Any], code: str
) -> None:
    answer = await intake.file(a_body(channel="web") | said, who=CITIZEN)

    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_a_web_form_is_a_registration_until_it_is_signed(intake: Intake) -> None:
    answer = await intake.file(a_body(channel="web"), who=CITIZEN)

    assert [warning["code"] for warning in answer.json()["warnings"]] == ["not_signed"]


@pytest.mark.parametrize("law_settings", [{"vneid_form_is_signed": True}])
async def test_d10_where_vneid_signs_a_citizens_own_web_form_is_a_petition(intake: Intake) -> None:
    web = await intake.file(a_body(channel="web"), who=CITIZEN)
    chat = await intake.file(a_body(channel="zalo"), who=CITIZEN)

    assert web.json()["warnings"] == []
    assert [warning["code"] for warning in chat.json()["warnings"]] == ["not_signed"]


async def test_an_officer_reads_person_and_words_of_an_ordinary_petition(intake: Intake) -> None:
    receipt = (await intake.file()).json()

    content = await intake.client.get(f"/v1/petitions/{receipt['petition_id']}/content", headers=RECEIVER)

    assert content.json()["petitioner"]["full_name"] == "Nguyễn Văn Thử"


async def test_a_document_is_handed_in_once(intake: Intake) -> None:
    url = f"/v1/petitions/{(await intake.file()).json()['petition_id']}/attachments"
    headers = RECEIVER | {"content-type": "application/pdf"}

    first = await intake.client.post(url, content=PDF, headers=headers)
    second = await intake.client.post(url, content=PDF, headers=headers)

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()


@pytest.mark.parametrize(
    ("content", "declared", "status", "code"),
    [
        (EXECUTABLE, "application/pdf", 422, "content_not_as_declared"),
        (EXECUTABLE, "application/x-msdownload", 422, "media_type_not_allowed"),
        (b"", "application/pdf", 422, "empty_document"),
        (PDF + b"x" * 20_000, "application/pdf", 413, None),
    ],
)
async def test_a_document_that_is_not_what_it_says_is_refused(
    intake: Intake, content: bytes, declared: str, status: int, code: str | None
) -> None:
    petition_id = (await intake.file()).json()["petition_id"]

    answer = await intake.client.post(
        f"/v1/petitions/{petition_id}/attachments", content=content, headers=RECEIVER | {"content-type": declared}
    )

    assert answer.status_code == status
    assert code is None or answer.json()["code"] == code
    view = await intake.client.get(f"/v1/petitions/{petition_id}", headers=RECEIVER)
    assert view.json()["attachments"] == []


async def test_two_officers_withdraw_at_once_and_one_wins(intake: Intake) -> None:
    url = f"/v1/petitions/{(await intake.file()).json()['petition_id']}/withdrawal"

    answers = await asyncio.gather(
        *(intake.client.post(url, json={"scope": "whole"}, headers=RECEIVER) for _ in range(2))
    )

    assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_the_receipt_opens_the_timeline_and_a_wrong_key_looks_like_no_petition(intake: Intake) -> None:
    receipt = (await intake.file()).json()
    right = {"code": receipt["code"], "access_key": receipt["access_key"]}
    wrong = right | {"access_key": "00000000" if receipt["access_key"] != "00000000" else "00000001"}

    seen = await intake.client.post("/v1/tracking", json=right)
    refused = await intake.client.post("/v1/tracking", json=wrong)
    absent = await intake.client.post("/v1/tracking", json=right | {"code": "HS26-ZZZZZZ"})

    assert "Đã nhận đơn khiếu nại" in seen.json()["steps"][0]["line"]
    assert (refused.status_code, absent.status_code) == (404, 404)
    assert refused.json() == absent.json()


async def test_a_receipt_guessed_at_too_often_answers_nothing_even_to_the_right_key(intake: Intake) -> None:
    receipt = (await intake.file()).json()
    right = {"code": receipt["code"], "access_key": receipt["access_key"]}
    for guess in range(10):
        await intake.client.post("/v1/tracking", json=right | {"access_key": f"{guess:08d}"})

    assert (await intake.client.post("/v1/tracking", json=right)).status_code == 404


async def test_no_person_is_in_the_state_the_outbox_or_the_keys(intake: Intake) -> None:
    await intake.file()

    (document,) = await intake.ledger.select("petitions", Where())

    kept = json.dumps(
        [document.state, dict(document.keys), [envelope.to_document() for envelope in document.pending]],
        ensure_ascii=False,
    )
    for canary in CANARIES:
        assert canary not in kept


@pytest.mark.parametrize("kind", [PetitionKind.DENUNCIATION, PetitionKind.MIXED])
@pytest.mark.parametrize("accused", ["btcd-40", "vp-40"])
async def test_the_board_that_acts_for_the_province_sees_nothing_that_accuses_it_or_the_office_it_belongs_to(
    intake: Intake, kind: PetitionKind, accused: str
) -> None:
    board, province = bearer(Role.RECEIVER, unit="btcd-40"), bearer(Role.RECEIVER, unit="tinh-40")
    body = a_body(kind=kind, channel="web", respondent_unit=accused)
    url = f"/v1/petitions/{(await intake.file(body, who=CITIZEN)).json()['petition_id']}"

    listed = (await intake.client.get("/v1/petitions", headers=board)).json()
    read = await intake.client.get(url, headers=board)
    signed = await intake.client.post(f"{url}/signature", headers=board)
    above = await intake.client.get(url, headers=province)

    assert listed == []
    assert (read.status_code, signed.status_code) == (404, 404)
    assert above.status_code == 200, "the chairman settles it"
