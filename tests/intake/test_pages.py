from pathlib import Path

from tests.intake.door import Intake

STRANGE_SITE = {"origin": "http://elsewhere.test"}


async def test_the_receipt_opens_the_timeline_on_a_page(intake: Intake) -> None:
    receipt = (await intake.file()).json()

    page = await intake.client.post(
        "/tra-cuu", data={"code": receipt["code"].lower(), "access_key": receipt["access_key"]}
    )

    assert page.status_code == 200
    assert "Đã nhận đơn khiếu nại" in page.text
    assert receipt["access_key"] not in page.text


async def test_a_wrong_key_and_no_such_code_look_the_same(intake: Intake) -> None:
    receipt = (await intake.file()).json()

    wrong = await intake.client.post("/tra-cuu", data={"code": receipt["code"], "access_key": "1234"})
    absent = await intake.client.post("/tra-cuu", data={"code": receipt["code"][:-1] + "?", "access_key": "12345678"})

    assert (wrong.status_code, absent.status_code) == (404, 404)
    assert wrong.text.replace(receipt["code"], "") == absent.text.replace(receipt["code"][:-1] + "?", "")


async def test_another_sites_form_is_refused(intake: Intake) -> None:
    page = await intake.client.post(
        "/tra-cuu", data={"code": "HS26-000000", "access_key": "12345678"}, headers=STRANGE_SITE
    )

    assert page.status_code == 403


def test_the_page_needs_no_script_and_nothing_from_elsewhere() -> None:
    source = (Path(__file__).parents[2] / "services/intake/templates/tracking.html").read_text()

    assert "<script" not in source
    assert "http" not in source
