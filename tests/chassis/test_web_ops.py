"""The operators' pages: what could not be handled is seen, looked at and tried again, by operators only."""

import re
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest

from contracts.streams import CASES
from contracts.vocabulary import Role
from services.chassis.delivery.letters import Kind, Letter, Reason, Shelf, Standing, Why
from services.chassis.delivery.records import Record
from tests.chassis.probe_app import Probe, a_probe
from tests.serving import serving

PLACE = "cases:0190a1b2-0000-7000-8000-000000000001"
NOW = "2026-11-23T08:00:00.000000Z"


async def a_dead_letter(probe: Probe) -> Letter:
    """A poison fact of one case, with the case parked behind it."""
    record = Record(CASES.name, 3, 17, PLACE.encode(), b"not json", (("<script>alert(1)</script>", b"x"),))
    letter = Letter(record.identity, PLACE, CASES.slug, 4, Kind.DEAD, Why(Reason.INVALID_JSON), record, NOW, 1)
    shelf = Shelf(probe.chassis.ledger)
    await shelf.keep(letter)
    await shelf.stand(CASES.slug, PLACE, Standing.PARKED, letter.why, probe.chassis.clock.now())
    return letter


async def signed_in(client: httpx.AsyncClient, probe: Probe, *roles: Role) -> httpx.Response:
    return await client.post("/ops/sign-in", data={"token": probe.issuer.mint(*roles)})


@pytest.mark.parametrize("path", ["/ops/letters", "/ops/letters/abc"])
async def test_strangers_and_other_functions_see_nothing(tmp_path: Path, path: str) -> None:
    probe = a_probe(tmp_path)
    async with serving(probe.app) as client:
        stranger = await client.get(path)
        officer = await client.get(path, headers=probe.issuer.bearer(Role.CHAIR, unit="tinh-40"))
        posting = await client.post("/ops/letters/abc/replay")

    assert (stranger.status_code, officer.status_code, posting.status_code) == (401, 403, 401)


async def test_an_operator_sees_a_dead_letter_and_has_it_tried_again(tmp_path: Path) -> None:
    probe = a_probe(tmp_path)
    async with serving(probe.app) as client:
        letter = await a_dead_letter(probe)
        entered = await signed_in(client, probe, Role.SYSTEM_OPERATOR)
        listed = await client.get("/ops/letters")
        shown = await client.get(f"/ops/letters/{letter.id}")
        again = await client.post(f"/ops/letters/{letter.id}/replay")
        standing = await Shelf(probe.chassis.ledger).standings([PLACE])
        after = await client.get(again.headers["location"])

    assert entered.headers["location"] == "/ops/letters"
    assert letter.id in listed.text
    assert "dừng sau một thư chết" in listed.text
    assert "invalid_json" in shown.text
    assert "&lt;script&gt;" in shown.text
    assert "<script>" not in listed.text + shown.text
    assert (again.status_code, standing) == (303, {PLACE: Standing.RELEASED})
    assert "Đã yêu cầu thử lại." in after.text


async def test_an_empty_shelf_says_so(tmp_path: Path) -> None:
    probe = a_probe(tmp_path)
    async with serving(probe.app) as client:
        page = await client.get("/ops/letters", headers=probe.issuer.bearer(Role.SYSTEM_OPERATOR))

    assert "Mọi dữ kiện nghe được đều đã xử lý" in page.text


async def test_the_cookie_is_for_these_pages_and_for_no_script(tmp_path: Path) -> None:
    probe = a_probe(tmp_path)
    async with serving(probe.app) as client:
        cookie = (await signed_in(client, probe, Role.SYSTEM_OPERATOR)).headers["set-cookie"].lower()
        out = (await client.post("/ops/sign-out")).headers["set-cookie"].lower()

    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "path=/ops" in cookie
    assert "max-age=0" in out


async def test_a_wrong_token_or_function_signs_nobody_in(tmp_path: Path) -> None:
    probe = a_probe(tmp_path)
    async with serving(probe.app) as client:
        wrong = await client.post("/ops/sign-in", data={"token": "abc"})
        officer = await signed_in(client, probe, Role.CHAIR)

    assert (wrong.status_code, officer.status_code) == (401, 403)
    assert "set-cookie" not in wrong.headers
    assert "set-cookie" not in officer.headers


@pytest.mark.parametrize("headers", [{"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}])
async def test_a_form_on_another_site_changes_nothing(tmp_path: Path, headers: dict[str, str]) -> None:
    probe = a_probe(tmp_path)
    async with serving(probe.app) as client:
        letter = await a_dead_letter(probe)
        await signed_in(client, probe, Role.SYSTEM_OPERATOR)
        answer = await client.post(f"/ops/letters/{letter.id}/replay", headers=headers)
        standing = await Shelf(probe.chassis.ledger).standings([PLACE])

    assert (answer.status_code, answer.json()["code"]) == (403, "cross_site")
    assert standing == {PLACE: Standing.PARKED}


async def test_a_browser_gets_refusals_as_pages_and_a_program_as_problems(tmp_path: Path) -> None:
    browser = {"accept": "text/html,application/xhtml+xml"}
    probe = a_probe(tmp_path)
    async with serving(probe.app) as client:
        page = await client.get("/nowhere", headers=browser)
        signing = await client.get("/ops/letters", headers=browser)
        program = await client.get("/nowhere")
        api = await client.get("/v1/refusals/refused", headers=browser)

    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "Không có địa chỉ này." in page.text
    assert (signing.status_code, signing.headers["www-authenticate"]) == (401, 'Bearer realm="tiepdan"')
    assert 'href="/ops/sign-in"' in signing.text
    assert program.headers["content-type"] == api.headers["content-type"] == "application/problem+json"


class Outline(HTMLParser):
    """What assistive technology looks for."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.seen if name == tag]


async def test_pages_are_usable_without_script_by_ear_and_on_a_small_screen(tmp_path: Path) -> None:
    probe = a_probe(tmp_path)
    async with serving(probe.app) as client:
        letter = await a_dead_letter(probe)
        operator = probe.issuer.bearer(Role.SYSTEM_OPERATOR)
        pages = [
            (await client.get("/ops/sign-in")).text,
            (await client.get("/ops/letters", headers=operator)).text,
            (await client.get(f"/ops/letters/{letter.id}", headers=operator)).text,
        ]
        style = await client.get("/static/tiepdan.css")

    for page in pages:
        outline = Outline(page)
        fields = {field["id"] for tag in ("input", "textarea", "select") for field in outline.all(tag)}
        assert outline.all("html") == [{"lang": "vi"}]
        assert len(outline.all("h1")) == len(outline.all("main")) == 1
        assert not outline.all("script")
        assert fields <= {label["for"] for label in outline.all("label")}
        assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in outline.all("meta")
        assert all(header.get("scope") for header in outline.all("th"))
        assert not re.search(r'style="', page)  # the content security policy would drop it
    assert style.headers["content-type"].startswith("text/css")
    assert "url(" not in style.text
