"""A token that was checked once is not checked in full again, and yet ends when it ends."""

import time

import pytest
from jwt import PyJWK

from contracts.vocabulary import Role
from services.chassis.auth import tokens as module
from services.chassis.auth.local_issuer import LocalIssuer
from services.chassis.auth.tokens import LEEWAY_SECONDS, NotAuthenticated, Tokens

ISSUER = LocalIssuer()


class CountedTokens(Tokens):
    """Counts the checks of a signature."""

    def __init__(self, keys: "ShownKeys") -> None:
        super().__init__(ISSUER.issuer, ISSUER.audience, keys)
        self.checks = 0

    def _claims(self, token: str, key: PyJWK) -> dict[str, object]:
        self.checks += 1
        return super()._claims(token, key)


class ShownKeys:
    """The issuer's keys as they are shown at this moment."""

    def __init__(self) -> None:
        self.keys = {ISSUER.key_id: PyJWK(ISSUER.jwks()["keys"][0])}

    async def key_for(self, key_id: str) -> PyJWK | None:
        return self.keys.get(key_id)


@pytest.fixture
def keys() -> ShownKeys:
    return ShownKeys()


@pytest.fixture
def tokens(keys: ShownKeys) -> CountedTokens:
    return CountedTokens(keys)


async def refusal(tokens: Tokens, bearer: str) -> str:
    with pytest.raises(NotAuthenticated) as refused:
        await tokens.caller_of(bearer)
    return refused.value.reason


def a_bearer(**said: str) -> str:
    return f"Bearer {ISSUER.mint(Role.RECEIVER, unit='xa-17971', minutes=10, **said)}"  # type: ignore[arg-type]


async def test_the_same_token_is_checked_once_and_names_the_same_caller(tokens: CountedTokens) -> None:
    bearer = a_bearer()

    first, second = await tokens.caller_of(bearer), await tokens.caller_of(bearer)

    assert first == second
    assert tokens.checks == 1


async def test_a_remembered_token_ends_when_its_time_is_over(
    tokens: CountedTokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    bearer = a_bearer()
    await tokens.caller_of(bearer)
    over = time.time() + 10 * 60 + LEEWAY_SECONDS

    monkeypatch.setattr("services.chassis.auth.tokens.time.time", lambda: over - 2)
    await tokens.caller_of(bearer)
    monkeypatch.setattr("services.chassis.auth.tokens.time.time", lambda: over + 1)

    assert await refusal(tokens, bearer) == "expired"
    assert tokens.checks == 1


async def test_a_remembered_token_does_not_outlive_its_key(tokens: CountedTokens, keys: ShownKeys) -> None:
    bearer = a_bearer()
    await tokens.caller_of(bearer)

    keys.keys.clear()

    assert await refusal(tokens, bearer) == "unknown_key"


async def test_another_key_under_the_same_id_is_asked_anew(tokens: CountedTokens, keys: ShownKeys) -> None:
    bearer = a_bearer()
    await tokens.caller_of(bearer)

    keys.keys[ISSUER.key_id] = PyJWK(LocalIssuer().jwks()["keys"][0])

    assert await refusal(tokens, bearer) == "wrong_signature"


async def test_a_refused_token_is_refused_again(tokens: CountedTokens) -> None:
    head, payload, _ = a_bearer().split(".")
    forged = f"{head}.{payload}.{a_bearer(subject='another').split('.')[2]}"

    assert await refusal(tokens, forged) == "wrong_signature"
    assert await refusal(tokens, forged) == "wrong_signature"


async def test_only_so_many_are_remembered(tokens: CountedTokens, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REMEMBERED_TOKENS", 2)
    bearers = [a_bearer(subject=f"officer-{number}") for number in range(3)]
    for bearer in bearers:
        await tokens.caller_of(bearer)

    assert len(tokens._proofs) == 2
    await tokens.caller_of(bearers[0])
    assert tokens.checks == 4
