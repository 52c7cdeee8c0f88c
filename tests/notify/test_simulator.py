import hashlib
import unicodedata
from typing import Any

import httpx
import pytest

from contracts.errors import BadInput, Forbidden
from services.notify.domain.receipts import ZaloSecrets, is_receipt_token, receipt_token, sms_receipt, zalo_event
from services.notify.simulator.app import make_simulator
from services.notify.simulator.receipts import mac_of
from services.notify.simulator.settings import Account, Scenario
from services.notify.simulator.tokens import FIRST_REFRESH_TOKEN
from services.notify.templates import load_templates
from tests.notify.world import MovedClock, Simulator, a_listener, eventually, served

VECTOR_BODY = b'{"event_name":"user_received_message","timestamp":"1764052200000"}'
VECTOR_MAC = "5a653ffeca0c34279b64a212b43cbb8c0cf6906df3c30da0c74afbb728c66052"
ACCOUNT = Account()
SEND_SMS = "/esms/MainService.svc/json/SendMultipleMessage_V4_post_json/"


async def a_token(simulator: httpx.AsyncClient, refresh_token: str = FIRST_REFRESH_TOKEN) -> dict[str, Any]:
    answer = await simulator.post(
        "/zalo-oauth/v4/oa/access_token",
        data={"refresh_token": refresh_token, "app_id": ACCOUNT.app_id, "grant_type": "refresh_token"},
        headers={"secret_key": ACCOUNT.app_secret},
    )
    pair: dict[str, Any] = answer.json()
    return pair


def a_message(**said: Any) -> dict[str, Any]:
    data = {"ma_ho_so": "HS26-7K4QM9", "so_van_ban": "125/QĐ-UBND", "thoi_gian": "23/11/2026"}
    return {
        "phone": "84912345678",
        "template_id": "400005",
        "tracking_id": "n_1",
        **said,
        "template_data": {**data, **said.get("template_data", {})},
    }


async def error_of(simulator: httpx.AsyncClient, message: Any, token: str) -> int:
    answer = await simulator.post("/zalo-biz/message/template", json=message, headers={"access_token": token})
    assert answer.status_code == 200
    code: int = answer.json()["error"]
    return code


def an_sms(**said: Any) -> dict[str, Any]:
    return {
        "ApiKey": ACCOUNT.esms_key,
        "SecretKey": ACCOUNT.esms_secret,
        "Brandname": "TCD-SIM",
        "SmsType": "2",
        "Phone": "84912345678",
        "Content": "TCD Nghe An: Don HS26-7K4QM9",
        "RequestId": "n_1",
        **said,
    }


async def code_of(simulator: httpx.AsyncClient, sms: dict[str, Any]) -> str:
    code: str = (await simulator.post(SEND_SMS, json=sms)).json()["CodeResult"]
    return code


def test_the_signature_vector_holds_on_both_sides() -> None:
    account = Account(app_id="1000000000000000001", oa_secret="sim-oa-secret")
    assert mac_of("app_oasecret", account, VECTOR_BODY, "1764052200000") == VECTOR_MAC
    ours = ZaloSecrets.of("1000000000000000001", "x", "y", "sim-oa-secret")
    assert ours.matching(VECTOR_BODY, "1764052200000", f"mac={VECTOR_MAC}", None) == "app_oasecret"


@pytest.mark.parametrize("variant", ["app_appsecret", "app_oasecret", "oa_appsecret", "oa_oasecret"])
def test_every_way_of_signing_is_recognised_and_a_pinned_one_excludes_the_others(variant: Any) -> None:
    secrets = ZaloSecrets.of(ACCOUNT.app_id, ACCOUNT.app_secret, ACCOUNT.oa_id, ACCOUNT.oa_secret)
    mac = mac_of(variant, ACCOUNT, VECTOR_BODY, "1764052200000")
    assert secrets.matching(VECTOR_BODY, "1764052200000", mac, None) == variant
    assert secrets.matching(VECTOR_BODY, "1764052200000", mac, variant) == variant
    other: Any = "oa_oasecret" if variant != "oa_oasecret" else "app_appsecret"
    assert secrets.matching(VECTOR_BODY, "1764052200000", mac, other) is None
    assert secrets.matching(VECTOR_BODY + b" ", "1764052200000", mac, None) is None


def test_a_receipt_from_yesterday_or_without_a_time_is_refused() -> None:
    secrets = ZaloSecrets.of(ACCOUNT.app_id, ACCOUNT.app_secret, ACCOUNT.oa_id, ACCOUNT.oa_secret)
    now = MovedClock().now()
    old = mac_of("app_oasecret", ACCOUNT, VECTOR_BODY, "1764052200000")
    with pytest.raises(Forbidden, match="stale_receipt"):
        zalo_event(VECTOR_BODY, old, secrets, None, now)
    for timestamp in ("", "9" * 40, "²"):
        body = f'{{"timestamp":"{timestamp}"}}'.encode()
        with pytest.raises(Forbidden, match="stale_receipt"):
            zalo_event(body, mac_of("app_oasecret", ACCOUNT, body, timestamp), secrets, None, now)
    for body in (b"", b"[]", b"\xff"):
        with pytest.raises(BadInput, match="unreadable_receipt"):
            zalo_event(body, "mac=0", secrets, None, now)


def test_an_sms_receipt_address_fits_one_request_only() -> None:
    token = receipt_token("s" * 32, "n_1")
    assert is_receipt_token("s" * 32, "n_1", token)
    assert not is_receipt_token("s" * 32, "n_2", token)
    assert not is_receipt_token("t" * 32, "n_1", token)


@pytest.mark.parametrize(
    ("query", "is_delivered"),
    [
        ({"SendStatus": "5", "SendSuccess": "1", "SendFailed": "0"}, True),
        ({"SendStatus": "5", "SendSuccess": "0", "SendFailed": "1"}, False),
        ({"SendStatus": "4"}, False),
        ({"SendStatus": "2"}, None),
        ({"SendStatus": "7"}, None),
        ({}, None),
    ],
)
def test_only_a_final_sms_status_counts(query: dict[str, str], *, is_delivered: bool | None) -> None:
    assert sms_receipt(query).is_delivered is is_delivered


async def test_a_refresh_token_works_once_and_reuse_is_noticed(simulator: httpx.AsyncClient) -> None:
    first = await a_token(simulator)
    assert first["expires_in"] == "90000"
    assert (await a_token(simulator))["error"] == -14014
    second = await a_token(simulator, first["refresh_token"])
    assert second["access_token"] != first["access_token"]
    assert (await a_token(simulator, "r.1.forged"))["error"] == -14014
    assert (await Simulator(simulator).stats())["findings"]["refresh_reuse"] == 1
    for token in (first["access_token"], second["access_token"]):  # the old one lives to its own end
        assert await error_of(simulator, a_message(tracking_id=f"n_{token[2]}"), token) == 0


async def test_tokens_end_by_age_and_by_revocation(simulator: httpx.AsyncClient) -> None:
    token = (await a_token(simulator))["access_token"]
    await simulator.post("/__sim/clock", json={"advance_s": 89_000})
    assert await error_of(simulator, a_message(), token) == 0
    await simulator.post("/__sim/clock", json={"advance_s": 2_000})
    assert await error_of(simulator, a_message(), token) == -124


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"phone": "0241234567"}, -108),
        ({"template_id": "1"}, -109),
        ({"template_data": {"la": "x"}}, -112),
        ({"template_data": {"ma_ho_so": ""}}, -1122),
        ({"template_data": {"ma_ho_so": "x" * 31}}, -1121),
        ({"template_data": {"ma_ho_so": unicodedata.normalize("NFD", "Nghệ An")}}, -1121),
        ({"tracking_id": "có dấu"}, -121),
        ({"phone": "84990000141"}, -141),
        ({"phone": "84990000146"}, -118),
    ],
)
async def test_zalo_refuses_what_the_real_one_refuses(
    simulator: httpx.AsyncClient, said: dict[str, Any], code: int
) -> None:
    token = (await a_token(simulator))["access_token"]
    assert await error_of(simulator, a_message(**said), token) == code
    assert await Simulator(simulator).ledger() == []


async def test_zalo_refuses_bodies_tokens_and_templates_that_are_not_right(simulator: httpx.AsyncClient) -> None:
    token = (await a_token(simulator))["access_token"]
    headers = {"access_token": token}
    assert (await simulator.post("/zalo-biz/message/template", headers=headers)).json()["error"] == -121
    assert (await simulator.post("/zalo-biz/message/template", content=b"{", headers=headers)).json()["error"] == -122
    assert await error_of(simulator, a_message(), "a.1.9999999999.forged") == -124
    missing = a_message()
    del missing["template_data"]["thoi_gian"]
    assert await error_of(simulator, missing, token) == -1122
    assert await error_of(simulator, {**a_message(), "template_data": {}}, token) == -111
    await simulator.put("/__sim/templates", json={"disabled": ["400005"]})
    assert await error_of(simulator, a_message(), token) == -131


async def test_quota_and_wallet_end_and_the_quota_comes_back_the_next_day(simulator: httpx.AsyncClient) -> None:
    control = Simulator(simulator)
    await control.scenario(quota_per_day=1, token_ttl_seconds=500_000)
    token = (await a_token(simulator))["access_token"]
    assert await error_of(simulator, a_message(tracking_id="n_1"), token) == 0
    assert await error_of(simulator, a_message(tracking_id="n_2"), token) == -144
    await simulator.post("/__sim/clock", json={"advance_s": 86_400})
    assert await error_of(simulator, a_message(tracking_id="n_2"), token) == 0
    await control.scenario(wallet=0)
    assert await error_of(simulator, a_message(tracking_id="n_3"), token) == -137


async def test_esms_knows_a_request_id_for_a_day_and_a_text_for_five_minutes(simulator: httpx.AsyncClient) -> None:
    assert await code_of(simulator, an_sms()) == "100"
    assert await code_of(simulator, an_sms()) == "124"
    assert await code_of(simulator, an_sms(RequestId="n_2")) == "146"
    await simulator.post("/__sim/clock", json={"advance_s": 301})
    assert await code_of(simulator, an_sms(RequestId="n_2")) == "100"
    await simulator.post("/__sim/clock", json={"advance_s": 86_400})
    assert await code_of(simulator, an_sms()) == "100"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"SecretKey": "x"}, "101"),
        ({"Brandname": "OTHER"}, "104"),
        ({"Phone": "123"}, "108"),
        ({"Content": "có dấu"}, "146"),
        ({"Content": "a & b"}, "146"),
        ({"RequestId": "x" * 51}, "118"),
        ({"Phone": "84990000099"}, "99"),
        ({"Phone": "84990000177"}, "177"),
    ],
)
async def test_esms_refuses_what_the_real_one_refuses(
    simulator: httpx.AsyncClient, said: dict[str, Any], code: str
) -> None:
    assert await code_of(simulator, an_sms(**said)) == code
    assert await Simulator(simulator).ledger() == []


async def test_the_same_seed_gives_the_same_answers() -> None:
    async def run() -> list[Any]:
        app = make_simulator(load_templates().registered(), seed="7", scenario=Scenario(never_delivered_share=0.5))
        async with served(app, a_listener()) as url, httpx.AsyncClient(base_url=url, trust_env=False) as client:
            for number in range(12):
                assert await code_of(client, an_sms(RequestId=f"n_{number}", Phone=f"8491234500{number:01}"[:11])) in {
                    "100",
                    "146",
                }
            return [(one["message_id"], one["will_be_delivered"]) for one in await Simulator(client).ledger()]

    first, second = await run(), await run()
    assert first == second
    assert {will_be for _, will_be in first} == {True, False}


async def test_a_hook_that_never_answers_200_is_tried_six_times_and_switched_off(simulator: httpx.AsyncClient) -> None:
    control = Simulator(simulator)
    await control.scenario(webhook_zalo=str(simulator.base_url.join("/nowhere")))
    token = (await a_token(simulator))["access_token"]
    assert await error_of(simulator, a_message(), token) == 0
    for tries, wait in enumerate([30, 300, 900, 1800, 3600], start=1):

        async def tried(tries: int = tries) -> bool:
            count: int = (await control.stats())["findings"].get("webhook_answer_404", 0)
            return count == tries

        await eventually(tried)
        await simulator.post("/__sim/clock", json={"advance_s": wait + 1})

    async def is_off() -> bool:
        return (await control.stats())["is_webhook_disabled"] is True

    await eventually(is_off)


async def test_expectations_answer_in_one_call(simulator: httpx.AsyncClient) -> None:
    await code_of(simulator, an_sms())
    good = await simulator.post("/__sim/expect", json={"messages": 1, "no_duplicates": True, "max_rps": 5})
    assert good.status_code == 200
    bad = await simulator.post("/__sim/expect", json={"messages": 2})
    assert (bad.status_code, bad.json()) == (409, {"differences": {"messages": 1}})
    assert (await simulator.post("/__sim/expect", json={"mesages": 2})).status_code == 422
    await simulator.post("/__sim/reset")
    assert await Simulator(simulator).ledger() == []


async def test_the_control_plane_can_be_locked() -> None:
    app = make_simulator(load_templates().registered(), control_key="open sesame")
    async with served(app, a_listener()) as url, httpx.AsyncClient(base_url=url, trust_env=False) as client:
        assert (await client.get("/__sim/ledger")).status_code == 403
        assert (await client.get("/__sim/ledger", headers={"X-Sim-Key": "open sesame"})).status_code == 200


def test_the_vector_is_a_plain_hash_not_an_hmac() -> None:
    plain = b"1000000000000000001" + VECTOR_BODY + b"1764052200000" + b"sim-oa-secret"
    assert hashlib.sha256(plain).hexdigest() == VECTOR_MAC
