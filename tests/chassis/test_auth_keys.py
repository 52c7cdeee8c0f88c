"""The issuer's keys: fetched once, refreshed when they change, kept through an outage, and not for ever."""

from typing import Any

import httpx
import pytest

from contracts.errors import Unavailable
from services.chassis.auth.keys import KEEP_SECONDS, REFRESH_SECONDS, RETRY_SECONDS, RemoteKeys
from services.chassis.auth.local_issuer import LocalIssuer

ISSUER = LocalIssuer()


class Site:
    """An issuer's web site in memory, with a stopwatch that moves only when told."""

    def __init__(self) -> None:
        self.seconds = 1_000.0
        self.asked: list[str] = []
        self.is_away = False
        self.answers: dict[str, Any] = {
            "/.well-known/openid-configuration": {
                "issuer": ISSUER.issuer,
                "jwks_uri": f"{ISSUER.issuer}/jwks.json",
            },
            "/moved": {"issuer": ISSUER.issuer, "jwks_uri": f"{ISSUER.issuer}/jwks.json"},
            "/jwks.json": ISSUER.jwks(),
        }

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.path)
        if self.is_away:
            raise httpx.ConnectError("away")
        answer = self.answers[request.url.path]
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)

    def keys(self) -> RemoteKeys:
        return RemoteKeys(ISSUER.issuer, transport=httpx.MockTransport(self), seconds=lambda: self.seconds)


async def test_keys_are_found_by_discovery_and_asked_for_once() -> None:
    site = Site()
    keys = site.keys()

    found = [await keys.key_for(ISSUER.key_id) for _ in range(3)]

    assert all(found)
    assert site.asked == ["/.well-known/openid-configuration", "/jwks.json"]


async def test_a_configured_address_needs_no_discovery() -> None:
    site = Site()
    keys = RemoteKeys(ISSUER.issuer, f"{ISSUER.issuer}/jwks.json", transport=httpx.MockTransport(site))

    assert await keys.key_for(ISSUER.key_id)
    assert site.asked == ["/jwks.json"]


async def test_a_new_key_is_met_by_asking_again_but_strangers_cannot_make_us_ask_often() -> None:
    site = Site()
    keys = site.keys()
    await keys.key_for(ISSUER.key_id)
    second = LocalIssuer()
    site.answers["/jwks.json"] = {"keys": [*ISSUER.jwks()["keys"], *second.jwks()["keys"]]}

    for number in range(50):
        assert await keys.key_for(f"made-up-{number}") is None
    asked_at_once = site.asked.count("/jwks.json")
    site.seconds += RETRY_SECONDS
    met = await keys.key_for(second.key_id)

    assert asked_at_once == 1
    assert met is not None
    assert site.asked.count("/jwks.json") == 2


async def test_a_withdrawn_key_is_refused_after_the_refresh() -> None:
    site = Site()
    keys = site.keys()
    assert await keys.key_for(ISSUER.key_id)
    site.answers["/jwks.json"] = LocalIssuer().jwks()

    site.seconds += REFRESH_SECONDS + 1

    assert await keys.key_for(ISSUER.key_id) is None


async def test_known_keys_outlive_an_outage_for_some_hours_and_then_nobody_comes_in() -> None:
    site = Site()
    keys = site.keys()
    await keys.key_for(ISSUER.key_id)
    site.is_away = True

    site.seconds += KEEP_SECONDS - 1
    during = await keys.key_for(ISSUER.key_id)
    site.seconds += RETRY_SECONDS

    assert during is not None
    with pytest.raises(Unavailable, match="issuer_away"):
        await keys.key_for(ISSUER.key_id)


async def test_without_ever_having_seen_a_key_the_answer_is_try_later() -> None:
    site = Site()
    site.is_away = True

    with pytest.raises(Unavailable, match="issuer_away"):
        await site.keys().key_for(ISSUER.key_id)


@pytest.mark.parametrize(
    "answers",
    [
        {
            "/.well-known/openid-configuration": {
                "issuer": "https://elsewhere.example",
                "jwks_uri": "http://x/jwks.json",
            }
        },
        {"/.well-known/openid-configuration": ["no object"]},
        {"/.well-known/openid-configuration": httpx.Response(302, headers={"location": f"{ISSUER.issuer}/moved"})},
        {"/jwks.json": httpx.Response(200, text="<html>")},
        {"/jwks.json": {"keys": "none"}},
        {"/jwks.json": ISSUER.jwks() | {"more": "x" * 300_000}},
        {"/jwks.json": httpx.Response(500)},
    ],
)
async def test_an_issuer_that_answers_nonsense_counts_as_away(answers: dict[str, Any]) -> None:
    site = Site()
    site.answers |= answers

    with pytest.raises(Unavailable, match="issuer_away"):
        await site.keys().key_for(ISSUER.key_id)


async def test_shared_secrets_and_broken_keys_among_the_keys_are_left_out() -> None:
    site = Site()
    oct_key = {"kty": "oct", "k": "c2VjcmV0", "kid": "shared"}
    site.answers["/jwks.json"] = {"keys": [oct_key, {"kty": "RSA", "kid": "broken"}, "text", *ISSUER.jwks()["keys"]]}
    keys = site.keys()

    assert await keys.key_for(ISSUER.key_id)
    assert await keys.key_for("shared") is None
    assert await keys.key_for("broken") is None
