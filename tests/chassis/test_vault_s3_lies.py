"""The vault on S3 before a store that lies, is full, is busy, is away or is no store. Needs no engine."""

import logging
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest
from pydantic import SecretStr

from contracts.errors import BadInput, Refused, Unavailable
from services.chassis.vault.access import S3Access
from services.chassis.vault.probe import PROBE_NAME
from services.chassis.vault.s3_vault import OBJECT_MAX_BYTES, S3Vault
from tests.chassis.lying_store import Lie, LyingStore, lying_store
from tests.chassis.vault_contract import keep, sha256, whole

UNSHOWN = f"no-line-may-show-{uuid4().hex}"


def access_to(endpoint: str) -> S3Access:
    return S3Access(
        endpoint=f"http://{endpoint}", access_key=SecretStr("key-id"), secret_key=SecretStr(UNSHOWN), bucket="evidence"
    )


@asynccontextmanager
async def a_vault(store: LyingStore) -> AsyncIterator[S3Vault]:
    vault = S3Vault(access_to(store.endpoint))
    await vault.open()
    try:
        yield vault
    finally:
        await vault.close()


@pytest.fixture
def store() -> Iterator[LyingStore]:
    with lying_store("none") as standing:
        yield standing


async def test_a_store_that_keeps_retention_opens(store: LyingStore) -> None:
    async with a_vault(store) as vault:
        assert (await vault.stat(PROBE_NAME)).retain_until is not None
    assert any(line.startswith("DELETE ") for line in store.requests)


@pytest.mark.parametrize(
    ("lie", "finding"),
    [
        ("deletes", "object_deleted"),
        ("shortens", "date_shortened"),
        ("forgets", "date_forgotten"),
        ("no_lock", "bucket_without_object_lock"),
    ],
)
async def test_a_store_that_does_not_keep_retention_is_refused(lie: Lie, finding: str) -> None:
    with lying_store(lie) as store:
        vault = S3Vault(access_to(store.endpoint))
        with pytest.raises(Refused, match="retention_not_kept") as refusal:
            await vault.open()
        assert refusal.value.facts["finding"] == finding
        with pytest.raises(Unavailable, match="vault_away"):
            await vault.ping()


async def test_what_is_no_store_at_all_is_a_vault_that_is_away() -> None:
    with lying_store("not_s3") as store, pytest.raises(Unavailable, match="vault_away"):
        await S3Vault(access_to(store.endpoint)).open()


@pytest.mark.parametrize("lie", ["full", "unwritable"])
async def test_a_full_store_is_said_so(store: LyingStore, lie: Lie) -> None:
    async with a_vault(store) as vault:
        store.lie = lie
        with pytest.raises(Unavailable, match="vault_full"):
            await keep(vault, "a/b", b"x")


async def test_a_busy_store_is_asked_twice_and_its_retry_after_is_not_slept_out(store: LyingStore) -> None:
    async with a_vault(store) as vault:
        store.lie = "busy"
        store.requests.clear()
        began = time.monotonic()
        with pytest.raises(Unavailable, match="vault_away") as away:
            await keep(vault, "a/b", b"x")
    assert away.value.facts["cause"] == "SlowDown"
    assert store.requests == ["PUT /evidence/a/b"] * 2
    assert time.monotonic() - began < 5


async def test_bytes_that_do_not_have_the_hash_are_not_sent(store: LyingStore) -> None:
    async with a_vault(store) as vault:
        store.requests.clear()
        with pytest.raises(Refused, match="wrong_hash"):
            await vault.put("forged", b"other bytes", sha256=sha256(b"the bytes"))
    assert store.requests == []


async def test_an_object_above_one_put_is_refused_before_anything_is_sent(store: LyingStore) -> None:
    async with a_vault(store) as vault:
        store.requests.clear()
        with pytest.raises(BadInput, match="object_too_large"):
            await keep(vault, "large", bytes(OBJECT_MAX_BYTES + 1))
    assert store.requests == []


async def test_content_of_another_length_is_damage_and_not_an_end(store: LyingStore) -> None:
    async with a_vault(store) as vault:
        await keep(vault, "a/b", b"0123456789")
        store.lie = "cuts"
        with pytest.raises(Unavailable, match="vault_damaged"):
            await whole(vault, "a/b")


async def test_content_of_another_hash_is_damage_said_after_the_last_byte(store: LyingStore) -> None:
    async with a_vault(store) as vault:
        await keep(vault, "a/b", b"0123456789")
        store.objects["/evidence/a/b"] = b"0123456780", store.objects["/evidence/a/b"][1]
        seen: list[bytes] = []
        with pytest.raises(Unavailable, match="vault_damaged"):
            await gather_all(vault, "a/b", seen)
        assert b"".join(seen) == b"0123456780"


async def gather_all(vault: S3Vault, name: str, seen: list[bytes]) -> None:
    async for piece in vault.read(name):
        seen += [piece]


@pytest.mark.parametrize("header", ["x-amz-meta-sha256", "x-amz-checksum-sha256"])
async def test_two_hashes_that_do_not_agree_are_damage(store: LyingStore, header: str) -> None:
    async with a_vault(store) as vault:
        await keep(vault, "a/b", b"x")
        store.objects["/evidence/a/b"][1][header] = sha256(b"y")
        with pytest.raises(Unavailable, match="vault_damaged"):
            await vault.stat("a/b")


async def test_an_object_that_we_did_not_keep_is_not_vouched_for(store: LyingStore) -> None:
    async with a_vault(store) as vault:
        await keep(vault, "a/b", b"x")
        del store.objects["/evidence/a/b"][1]["x-amz-meta-sha256"]
        with pytest.raises(Unavailable, match="vault_damaged"):
            await vault.stat("a/b")


async def test_a_store_that_is_not_there_is_away_at_once() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: refuses
        vault = S3Vault(access_to(f"127.0.0.1:{taken.getsockname()[1]}"))
        began = time.monotonic()
        with pytest.raises(Unavailable, match="vault_away"):
            await vault.open()
        assert time.monotonic() - began < 5


async def test_a_vault_that_is_not_open_says_so(store: LyingStore) -> None:
    vault = S3Vault(access_to(store.endpoint))
    with pytest.raises(Unavailable, match="vault_away"):
        await keep(vault, "early", b"x")
    await vault.close()


async def test_no_line_shows_the_credentials(store: LyingStore, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    access = access_to(store.endpoint)
    async with a_vault(store) as vault:
        store.lie = "busy"
        with pytest.raises(Unavailable) as away:
            await keep(vault, "a/b", b"x")
    cause = away.value.__cause__
    said = f"{access!r} {vault!r} {away.value!r} {away.value.facts} {cause!r} {cause} {caplog.text}"
    assert "/evidence/a/b" in said
    assert UNSHOWN not in said
    assert "key-id" not in said
