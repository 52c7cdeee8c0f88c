"""Which access tokens open the door, and which do not."""

import base64
import json
import time
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt import PyJWK
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from contracts.errors import Forbidden
from contracts.vocabulary import Role
from services.chassis.auth.caller import Caller
from services.chassis.auth.local_issuer import LocalIssuer
from services.chassis.auth.tokens import NotAuthenticated, Tokens
from tests.chassis.probe_app import a_probe
from tests.serving import serving

ISSUER = LocalIssuer()
TOKENS = Tokens(ISSUER.issuer, ISSUER.audience, ISSUER)
TIMES = ("exp", "iat", "nbf")


class OneKey:
    """An issuer with one public key, whatever its kind."""

    def __init__(self, jwk: dict[str, Any]) -> None:
        self._jwk = jwk | {"kid": "k1"}

    async def key_for(self, key_id: str) -> PyJWK | None:
        return PyJWK(self._jwk) if key_id == "k1" else None


async def refusal(token: str, tokens: Tokens = TOKENS) -> str:
    with pytest.raises(NotAuthenticated) as refused:
        await tokens.caller_of(f"Bearer {token}")
    assert token not in str(refused.value)
    return refused.value.reason


def part(content: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def timed(claims: dict[str, Any]) -> dict[str, Any]:
    """Times are written as seconds from now, and now is when the test runs, however long the suite took."""
    now = int(time.time())
    return {name: now + value if name in TIMES and isinstance(value, int) else value for name, value in claims.items()}


def claims(**said: Any) -> dict[str, Any]:
    return timed({"iss": ISSUER.issuer, "aud": "tiepdan", "sub": "s", "iat": 0, "exp": 60, "roles": []}) | said


async def test_a_good_token_names_the_caller_by_subject_roles_and_unit() -> None:
    token = ISSUER.mint(Role.PETITION_OFFICER, Role.RECEIVER, unit="xa-17971", subject="officer-7")

    caller = await TOKENS.caller_of(f"Bearer {token}")

    assert caller == Caller("officer-7", frozenset({Role.PETITION_OFFICER, Role.RECEIVER}), "xa-17971")
    assert caller.is_officer


async def test_roles_we_do_not_know_are_left_out() -> None:
    token = ISSUER.mint(Role.CHAIR, claims={"roles": ["chair", "realm-admin", 7, None]})

    assert (await TOKENS.caller_of(f"Bearer {token}")).roles == {Role.CHAIR}


def test_a_caller_without_the_function_is_forbidden() -> None:
    with pytest.raises(Forbidden, match="wrong_function"):
        Caller("s", frozenset({Role.CITIZEN}), None).must_be(Role.CHAIR, Role.RECEIVER)


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"exp": -61}, "expired"),
        ({"exp": None}, "claim_missing"),
        ({"iat": None}, "claim_missing"),
        ({"sub": None}, "claim_missing"),
        ({"iss": None}, "claim_missing"),
        ({"aud": None}, "claim_missing"),
        ({"nbf": 120}, "not_yet_valid"),
        ({"iat": 120}, "not_yet_valid"),
        ({"iss": "https://elsewhere.example"}, "wrong_issuer"),
        ({"aud": "another-api"}, "wrong_audience"),
        ({"aud": ""}, "claim_missing"),
        ({"aud": []}, "claim_missing"),
        ({"aud": ["another-api"]}, "wrong_audience"),
        ({"sub": 7}, "invalid"),
        ({"sub": ""}, "bad_subject"),
        ({"sub": "s" * 256}, "bad_subject"),
        ({"unit": "xa-17971/../tw"}, "bad_unit"),
        ({"unit": ["xa-17971"]}, "bad_unit"),
        ({"roles": "chair"}, "bad_roles"),
        ({"exp": "tomorrow"}, "invalid"),
    ],
)
async def test_a_token_whose_claims_do_not_hold_is_refused(claims: dict[str, Any], reason: str) -> None:
    assert await refusal(ISSUER.mint(Role.CHAIR, claims=timed(claims))) == reason


async def test_an_audience_list_that_names_us_is_good_and_a_little_skew_is_forgiven() -> None:
    token = ISSUER.mint(Role.CHAIR, claims=timed({"aud": ["other", "tiepdan"], "exp": -10, "iat": 10}))

    assert (await TOKENS.caller_of(f"Bearer {token}")).roles == {Role.CHAIR}


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ({"typ": "JWT"}, "wrong_type"),  # an ID token is no access token
        ({"typ": None}, "wrong_type"),
        ({"typ": "logout+jwt"}, "wrong_type"),
        ({"kid": None}, "no_key_id"),
        ({"kid": ""}, "no_key_id"),
        ({"kid": "../../etc/passwd"}, "unknown_key"),
        ({"kid": "' OR 1=1 --"}, "unknown_key"),
    ],
)
async def test_a_token_whose_header_does_not_hold_is_refused(header: dict[str, Any], reason: str) -> None:
    assert await refusal(ISSUER.mint(Role.CHAIR, header=header)) == reason


async def test_a_key_brought_along_in_the_header_is_not_looked_at() -> None:
    theirs = LocalIssuer()
    forged = theirs.mint(
        Role.CHAIR,
        header={"kid": ISSUER.key_id, "jwk": theirs.jwks()["keys"][0], "jku": "https://evil.example/jwks", "x5u": "x"},
    )

    assert await refusal(forged) == "wrong_signature"


async def test_alg_none_is_refused() -> None:
    for algorithm in ("none", "None", "nOnE"):
        header = {"typ": "at+jwt", "alg": algorithm, "kid": ISSUER.key_id}
        assert await refusal(f"{part(header)}.{part(claims())}.") == "invalid"


async def test_a_public_key_cannot_be_used_as_a_shared_secret() -> None:
    key = rsa.generate_private_key(65537, 2048)
    jwk = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    tokens = Tokens(ISSUER.issuer, "tiepdan", OneKey(jwk))
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    header, body = part({"typ": "at+jwt", "alg": "HS256", "kid": "k1"}), part(claims())
    signature = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256).sign(
        f"{header}.{body}".encode(), public
    )
    forged = f"{header}.{body}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"

    assert await refusal(forged, tokens) == "invalid"


@pytest.mark.parametrize("kind", ["RS256", "ES256", "EdDSA"])
async def test_three_algorithms_are_good_each_with_its_own_kind_of_key(kind: str) -> None:
    key, jwk = _pair(kind)
    tokens = Tokens(ISSUER.issuer, "tiepdan", OneKey(jwk))
    token = jwt.encode(claims(sub="x"), key, algorithm=kind, headers={"typ": "at+jwt", "kid": "k1"})

    assert (await tokens.caller_of(f"Bearer {token}")).subject == "x"


async def test_other_algorithms_and_keys_for_encryption_are_refused() -> None:
    key, jwk = _pair("RS256")
    rs512 = jwt.encode(claims(), key, algorithm="RS512", headers={"typ": "at+jwt", "kid": "k1"})
    rs256 = jwt.encode(claims(), key, algorithm="RS256", headers={"typ": "at+jwt", "kid": "k1"})

    assert await refusal(rs512, Tokens(ISSUER.issuer, "tiepdan", OneKey(jwk))) == "invalid"
    assert await refusal(rs256, Tokens(ISSUER.issuer, "tiepdan", OneKey(jwk | {"use": "enc"}))) == "unusable_key"
    secret = {"kty": "oct", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA"}
    assert await refusal(rs256, Tokens(ISSUER.issuer, "tiepdan", OneKey(secret))) == "unusable_key"


async def test_a_token_of_a_megabyte_is_refused_before_anybody_parses_it() -> None:
    huge = ISSUER.mint(Role.CHAIR, claims={"more": "x" * 1_000_000})

    assert await refusal(huge) == "too_long"


@pytest.mark.parametrize("header", [None, "", "Bearer", "Basic dTpw", "Bearer a.b", "Bearer \u0110"])
async def test_what_is_no_bearer_token_is_refused(header: str | None) -> None:
    with pytest.raises(NotAuthenticated):
        await TOKENS.caller_of(header)


async def test_a_changed_token_is_refused() -> None:
    header, _, signature = ISSUER.mint(Role.CITIZEN).split(".")

    assert await refusal(f"{header}.{part(claims(roles=['chair']))}.{signature}") == "wrong_signature"


async def test_the_door_says_401_and_how_to_come_in(tmp_path: Path) -> None:
    probe = a_probe(tmp_path)
    expired = probe.issuer.mint(Role.CHAIR, minutes=-10)
    async with serving(probe.app) as client:
        without = await client.get("/v1/me")
        late = await client.get("/v1/me", headers={"Authorization": f"Bearer {expired}"})
        good = await client.get("/v1/me", headers=probe.issuer.bearer(Role.CHAIR, unit="tinh-40", subject="c"))

    assert without.status_code == late.status_code == 401
    assert without.headers["www-authenticate"] == 'Bearer realm="tiepdan"'
    assert late.headers["www-authenticate"] == 'Bearer realm="tiepdan", error="invalid_token"'
    assert expired not in late.text
    assert good.json() == {"subject": "c", "roles": ["chair"], "unit": "tinh-40"}
    count = probe.chassis.meters.registry.get_sample_value
    assert count("tcd_tokens_refused_total", {"reason": "expired"}) == 1


def _pair(kind: str) -> tuple[Any, dict[str, Any]]:
    if kind == "RS256":
        rsa_key = rsa.generate_private_key(65537, 2048)
        return rsa_key, RSAAlgorithm.to_jwk(rsa_key.public_key(), as_dict=True)
    if kind == "ES256":
        ec_key = ec.generate_private_key(ec.SECP256R1())
        return ec_key, ECAlgorithm.to_jwk(ec_key.public_key(), as_dict=True)
    ed_key = ed25519.Ed25519PrivateKey.generate()
    return ed_key, OKPAlgorithm.to_jwk(ed_key.public_key(), as_dict=True)
