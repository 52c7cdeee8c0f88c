"""The vault on a real S3 store, and the store's own word on every way around a lock.

Runs on the store at ``S3_ENDPOINT`` (with the other S3 variables), or on MinIO started here; what kills or freezes a
store always starts its own.
"""

import asyncio
import base64
import hashlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Literal
from uuid import uuid4

import pytest
from minio import Minio
from minio.commonconfig import COMPLIANCE, GOVERNANCE
from minio.deleteobjects import DeleteObject
from minio.error import S3Error
from minio.retention import Retention
from minio.versioningconfig import VersioningConfig
from pydantic import SecretStr

from contracts.errors import NotFound, Refused, Unavailable
from deploy.engines.minio import MinioEngine
from deploy.engines.server import free_ports
from services.chassis.clock import SystemClock
from services.chassis.lifecycle.engines import s3_access, vault_for
from services.chassis.settings import ServiceSettings
from services.chassis.vault.access import Mode, S3Access
from services.chassis.vault.port import Kept, content_name
from services.chassis.vault.probe import PROBE_NAME
from services.chassis.vault.s3_vault import OBJECT_MAX_BYTES, PIECE_BYTES, S3Vault
from tests.chassis.vault_contract import VaultContract, keep, sha256, whole
from tests.engines.addresses import native

pytestmark = pytest.mark.engines


def access_to(store: MinioEngine, bucket: str) -> S3Access:
    return S3Access(
        endpoint=store.endpoint,
        access_key=SecretStr(store.credentials.access_key),
        secret_key=SecretStr(store.credentials.secret_key),
        bucket=bucket,
        is_secure=False,
    )


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Access]:
    settings = ServiceSettings()
    if settings.s3_endpoint is not None:
        yield s3_access(settings.s3_endpoint, settings)
        return
    native("minio")
    with MinioEngine(tmp_path_factory.mktemp("minio"), *free_ports(1)) as standing:
        yield access_to(standing, "")


def driver_to(access: S3Access) -> Minio:
    """The store itself, past our vault, with the credentials of its owner."""
    return Minio(
        access.host,
        access.access_key.get_secret_value(),
        access.secret_key.get_secret_value(),
        secure=access.has_tls,
        region=access.region,
    )


def whole_seconds_from_now(**away: int) -> datetime:
    return datetime.now(UTC).replace(microsecond=0) + timedelta(**away)


@pytest.fixture
def access(store: S3Access) -> S3Access:
    """A bucket of this test's own; nothing in a store with object lock can be cleaned away."""
    return replace(store, bucket=f"test-{uuid4().hex}")


@pytest.fixture
async def vault(access: S3Access) -> AsyncIterator[S3Vault]:
    opened = S3Vault(access)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
def driver(access: S3Access) -> Minio:
    return driver_to(access)


class TestS3Vault(VaultContract):
    @pytest.fixture
    def now(self) -> Callable[[], datetime]:
        return whole_seconds_from_now

    @pytest.fixture
    def let_pass(self) -> Callable[[datetime], Awaitable[None]]:
        async def wait(moment: datetime) -> None:
            # The store judges by its own clock, which nobody moves: this is waiting for a date, not for an event.
            await asyncio.sleep((moment - datetime.now(UTC)).total_seconds() + 1)

        return wait


async def test_the_service_settings_lead_to_it(access: S3Access, tmp_path: Path) -> None:
    settings = ServiceSettings(
        data_folder=tmp_path,
        s3_endpoint=access.endpoint,
        s3_access_key=access.access_key,
        s3_secret_key=access.secret_key,
        s3_bucket=access.bucket,
        s3_region=access.region,
        s3_secure=access.is_secure,
        s3_ca_file=access.ca_file,
        s3_retention_mode="GOVERNANCE",
    )
    vault = vault_for(settings, SystemClock())
    await vault.open()
    until = whole_seconds_from_now(days=1)
    kept = await keep(vault, "a/b", b"x", until)
    assert vault.name == "s3"
    await vault.close()
    retention = driver_to(access).get_object_retention(access.bucket, "a/b", kept.version)
    assert retention == Retention(GOVERNANCE, until)


async def test_a_bucket_without_object_lock_is_refused(access: S3Access, driver: Minio) -> None:
    driver.make_bucket(access.bucket)
    with pytest.raises(Refused, match=f"retention_not_kept.*{access.bucket}") as refusal:
        await S3Vault(access).open()
    assert refusal.value.facts["finding"] == "bucket_without_object_lock"


async def test_five_services_may_open_one_bucket_at_once(access: S3Access) -> None:
    vaults = [S3Vault(access) for _ in range(5)]
    await asyncio.gather(*(vault.open() for vault in vaults))
    assert len(await vaults[0].versions(PROBE_NAME)) == 1
    await asyncio.gather(*(vault.close() for vault in vaults))


async def test_wrong_credentials_do_not_open(access: S3Access) -> None:
    stranger = replace(access, secret_key=SecretStr("wrong-wrong"))
    with pytest.raises(Unavailable, match="vault_away") as away:
        await S3Vault(stranger).open()
    assert away.value.facts["cause"] in {"AccessDenied", "SignatureDoesNotMatch"}


async def test_dates_are_kept_in_whole_seconds_and_never_earlier(vault: S3Vault) -> None:
    until = whole_seconds_from_now(days=1) + timedelta(microseconds=1)
    kept = await keep(vault, "a/b", b"x", until)
    assert kept.retain_until == until.replace(microsecond=0) + timedelta(seconds=1)
    assert await vault.stat("a/b") == kept


async def test_a_large_object_is_read_in_pieces_and_across_their_edges(vault: S3Vault) -> None:
    content = random.Random(1).randbytes(PIECE_BYTES * 2 + 17)
    await keep(vault, "large", content)
    assert [len(piece) async for piece in vault.read("large")] == [PIECE_BYTES, PIECE_BYTES, 17]
    assert await whole(vault, "large") == content
    assert await whole(vault, "large", offset=PIECE_BYTES - 3, length=7) == content[PIECE_BYTES - 3 : PIECE_BYTES + 4]
    assert await whole(vault, "large", offset=len(content) - 5) == content[-5:]


async def test_the_largest_object_travels_in_one_piece(vault: S3Vault, access: S3Access, driver: Minio) -> None:
    content = bytes(OBJECT_MAX_BYTES)
    await keep(vault, "largest", content)
    assert "-" not in (driver.stat_object(access.bucket, "largest").etag or "-")  # of parts: md5-count


async def test_reading_stops_early_without_harm(vault: S3Vault) -> None:
    await keep(vault, "long", bytes(PIECE_BYTES * 3))
    for _ in range(20):
        pieces = vault.read("long")
        assert len(await anext(pieces)) == PIECE_BYTES
        await pieces.aclose()  # type: ignore[attr-defined] # the port promises an iterator; this engine's is a generator
    await vault.ping()


async def test_the_same_content_over_another_by_many_at_once_is_one_new_version(vault: S3Vault) -> None:
    first = await keep(vault, "page", b"old")
    kept = await asyncio.gather(*(keep(vault, "page", b"new") for _ in range(20)))
    assert len({one.version for one in kept}) == 1
    assert await vault.versions("page") == [first, kept[0]]


async def test_the_store_itself_refuses_wrong_bytes(vault: S3Vault, access: S3Access, driver: Minio) -> None:
    notes: dict[str, str | list[str] | tuple[str]] = {
        "x-amz-checksum-sha256": base64.b64encode(hashlib.sha256(b"the bytes").digest()).decode(),
        "x-amz-sdk-checksum-algorithm": "SHA256",
    }
    with pytest.raises(S3Error):
        driver.put_object(access.bucket, "altered", BytesIO(b"bit flip"), 8, metadata=notes)
    with pytest.raises(NotFound):
        await vault.stat("altered")


class TestMarkers:
    """A delete without version, by somebody outside, hides an object: it must be seen and must hide nothing."""

    async def test_a_marker_is_listed_and_looked_through(self, vault: S3Vault, access: S3Access, driver: Minio) -> None:
        kept = await keep(vault, "a/b", b"x", whole_seconds_from_now(days=1))
        driver.remove_object(access.bucket, "a/b")
        version, marker = await vault.versions("a")
        assert version == kept
        assert (marker.name, marker.is_marker, marker.size_bytes) == ("a/b", True, 0)
        assert await vault.stat("a/b") == kept
        assert await whole(vault, "a/b") == b"x"

    async def test_a_marker_alone_is_nothing(self, vault: S3Vault, access: S3Access, driver: Minio) -> None:
        kept = await keep(vault, "a/b", b"x")
        driver.remove_object(access.bucket, "a/b")
        await vault.delete("a/b", kept.version)
        [marker] = await vault.versions("a/b")
        for attempt in (vault.stat("a/b"), vault.stat("a/b", marker.version), whole(vault, "a/b", marker.version)):
            with pytest.raises(NotFound, match="no_object"):
                await attempt

    async def test_removing_the_marker_brings_the_object_back(
        self, vault: S3Vault, access: S3Access, driver: Minio
    ) -> None:
        kept = await keep(vault, "a/b", b"x")
        driver.remove_object(access.bucket, "a/b")
        await vault.delete("a/b", (await vault.versions("a/b"))[-1].version)
        assert await vault.versions("a/b") == [kept]
        assert driver.stat_object(access.bucket, "a/b").version_id == kept.version

    async def test_hidden_content_kept_again_is_kept(self, vault: S3Vault, access: S3Access, driver: Minio) -> None:
        old = await keep(vault, "a/b", b"x")
        driver.remove_object(access.bucket, "a/b")
        again = await keep(vault, "a/b", b"x")
        assert [one.version for one in await vault.versions("a/b") if not one.is_marker] == [old.version, again.version]


Way = Callable[[Minio, str, str, str], None]
"""A way around a lock: store, bucket, name, version."""

FORCED = {"x-amz-bypass-governance-retention": "true"}


def forced_delete(store: Minio, bucket: str, name: str, version: str) -> None:
    for refusal in store.remove_objects(bucket, [DeleteObject(name, version)], bypass_governance_mode=True):
        raise Refused(refusal.code or "refused", "")


def retention_of(mode: str, *, is_forced: bool = False, **away: int) -> Way:
    def attempt(store: Minio, bucket: str, name: str, version: str) -> None:
        until = f"{whole_seconds_from_now(**away):%Y-%m-%dT%H:%M:%SZ}"
        body = f"<Retention><Mode>{mode}</Mode><RetainUntilDate>{until}</RetainUntilDate></Retention>".encode()
        query: dict[str, str | list[str] | tuple[str]] = {"retention": "", "versionId": version}
        digest = base64.b64encode(hashlib.md5(body).digest()).decode()  # noqa: S324 - what the protocol asks for
        headers: dict[str, str | list[str] | tuple[str]] = {"Content-MD5": digest, **(FORCED if is_forced else {})}
        store._execute("PUT", bucket, name, body=body, headers=headers, query_params=query)

    return attempt


def overwrite(store: Minio, bucket: str, name: str, version: str) -> None:
    store.put_object(bucket, name, BytesIO(b"forged"), 6)


WAYS: dict[str, Way] = {
    "delete, with version": lambda store, bucket, name, version: store.remove_object(bucket, name, version),
    "delete, without version": lambda store, bucket, name, _: store.remove_object(bucket, name),
    "delete, with version, bypassing": forced_delete,
    "overwrite": overwrite,
    "shorten": retention_of("SAME", hours=1),
    "shorten, bypassing": retention_of("SAME", is_forced=True, hours=1),
    "weaken to governance": retention_of("GOVERNANCE", days=1),
    "weaken to governance, bypassing": retention_of("GOVERNANCE", is_forced=True, days=1),
    "delete the bucket": lambda store, bucket, _name, _version: store.remove_bucket(bucket),
    "suspend versions": lambda store, bucket, _name, _version: store.set_bucket_versioning(
        bucket, VersioningConfig("Suspended")
    ),
}

Outcome = Literal["refused", "harmless", "broken"]
MATRIX: list[tuple[str, Outcome, Outcome, Outcome]] = [
    # the way                            COMPLIANCE  GOVERNANCE  legal hold only
    ("delete, with version", "refused", "refused", "refused"),
    ("delete, without version", "harmless", "harmless", "harmless"),
    ("delete, with version, bypassing", "refused", "broken", "refused"),
    ("overwrite", "harmless", "harmless", "harmless"),
    ("shorten", "refused", "refused", "harmless"),
    ("shorten, bypassing", "refused", "broken", "harmless"),
    ("weaken to governance", "refused", "harmless", "harmless"),
    ("weaken to governance, bypassing", "refused", "harmless", "harmless"),
    ("delete the bucket", "refused", "refused", "refused"),
    ("suspend versions", "refused", "refused", "refused"),
]
"""Tried with the credentials of the store's owner. ``broken`` is what GOVERNANCE permits whoever may bypass: not for
production. Without retention there is no date to shorten: only the hold is looked at."""


@pytest.mark.parametrize(("lock", "column"), [("COMPLIANCE", 1), ("GOVERNANCE", 2), ("hold", 3)])
@pytest.mark.parametrize("row", MATRIX, ids=lambda row: row[0])
async def test_no_way_leads_around_the_lock(
    access: S3Access, driver: Minio, row: tuple[str, ...], lock: str, column: int
) -> None:
    mode: Mode = "GOVERNANCE" if lock == "GOVERNANCE" else "COMPLIANCE"
    vault = S3Vault(access, mode=mode)
    await vault.open()
    until = None if lock == "hold" else whole_seconds_from_now(days=1)
    kept = await keep(vault, "evidence/1", b"evidence", until)
    if lock == "hold":
        kept = await vault.hold(kept.name, kept.version, held=True)
    way = WAYS[row[0]]
    if row[0].startswith("shorten"):
        way = retention_of(mode, is_forced="bypassing" in row[0], hours=1)
    refusal = attempt(way, driver, access.bucket, kept)
    is_refused = refusal is not None
    assert refusal in {None, "InvalidRequest", "AccessDenied", "ObjectLocked", "BucketNotEmpty", "InvalidBucketState"}
    is_whole = await stands(vault, kept.name, kept.version, until)
    await vault.close()
    assert ("refused" if is_refused else "harmless" if is_whole else "broken") == row[column]
    assert is_whole or row[column] == "broken"


def attempt(way: Way, store: Minio, bucket: str, kept: Kept) -> str | None:
    """The code of the store's refusal; none when it did as told."""
    try:
        way(store, bucket, kept.name, kept.version)
    except S3Error as refusal:
        return refusal.code
    except Refused as refusal:
        return refusal.code
    return None


async def stands(vault: S3Vault, name: str, version: str, until: datetime | None) -> bool:
    """The version has its bytes, and is kept as long as it was."""
    try:
        after = await vault.stat(name, version)
        content = await whole(vault, name, version)
    except NotFound:
        return False
    is_kept = after.is_held if until is None else after.retain_until is not None and after.retain_until >= until
    return is_kept and content == b"evidence"


async def test_no_call_of_the_vault_bypasses_governance(access: S3Access) -> None:
    vault = S3Vault(access, mode="GOVERNANCE")
    await vault.open()
    kept = await keep(vault, "a/b", b"x", whole_seconds_from_now(days=1))
    with pytest.raises(Refused, match="retained"):
        await vault.delete("a/b", kept.version)
    with pytest.raises(Refused, match="retention_only_grows"):
        await vault.retain("a/b", kept.version, whole_seconds_from_now(hours=1))
    await vault.close()


async def test_a_longer_day_never_weakens_the_mode(access: S3Access, driver: Minio) -> None:
    strict, lax = S3Vault(access), S3Vault(access, mode="GOVERNANCE")
    await strict.open()
    await lax.open()
    kept = await keep(strict, "a/b", b"x", whole_seconds_from_now(days=1))
    await lax.retain("a/b", kept.version, whole_seconds_from_now(days=2))
    retention = driver.get_object_retention(access.bucket, "a/b", kept.version)
    assert retention is not None
    assert retention.mode == COMPLIANCE
    await strict.close()
    await lax.close()


@pytest.fixture
def own_store(tmp_path: Path) -> Iterator[MinioEngine]:
    """A store of this test's own, to be killed."""
    native("minio")
    with MinioEngine(tmp_path / "minio", *free_ports(1)) as standing:
        yield standing


@dataclass
class Sent:
    """What was sent and what came of it."""

    acknowledged: dict[str, str]
    refused: dict[str, bytes]


async def test_a_store_killed_during_puts_loses_nothing_acknowledged_and_keeps_nothing_half(
    own_store: MinioEngine,
) -> None:
    seed = random.SystemRandom().randrange(1_000_000)
    print(f"seed {seed}")
    chance = random.Random(seed)
    access = access_to(own_store, "kill")
    vault = S3Vault(access)
    await vault.open()
    sent = Sent({}, {})
    codes: set[str] = set()
    kill_after = chance.randrange(20, 60)
    contents = [chance.randbytes(chance.randrange(1, 3_000_000)) for _ in range(120)]
    enough = asyncio.Event()

    async def send(queue: Iterator[bytes]) -> None:
        for content in queue:
            name = content_name("chunks", sha256(content))
            try:
                sent.acknowledged[name] = (await keep(vault, name, content, whole_seconds_from_now(days=1))).version
            except Unavailable as away:
                sent.refused[name] = content
                codes.add(away.code)
            if len(sent.acknowledged) >= kill_after:
                enough.set()

    async def kill() -> None:
        await enough.wait()
        await asyncio.to_thread(own_store.kill)

    queue = iter(contents)
    await asyncio.gather(kill(), *(send(queue) for _ in range(8)))
    assert codes == {"vault_away"}, "the kill hit nothing, or was called something else"
    own_store.start()
    for name, version in sent.acknowledged.items():
        assert sha256(await whole(vault, name, version)) in name
    standing = await vault.versions("chunks")
    assert not [kept for kept in standing if kept.sha256 not in kept.name]
    for kept in standing:
        assert sha256(await whole(vault, kept.name, kept.version)) == kept.sha256
    for name, content in sent.refused.items():
        assert (await keep(vault, name, content)).name == name
    assert len(await vault.versions("chunks")) == len(contents)
    print(f"acknowledged {len(sent.acknowledged)}, refused {len(sent.refused)}, lost 0, half 0")
    await vault.close()


async def test_a_frozen_store_is_away_in_time_and_stops_nobody_else(own_store: MinioEngine) -> None:
    vault = S3Vault(access_to(own_store, "freeze"), max_threads=2, deadline_seconds=1.0)
    await vault.open()
    loop = asyncio.get_running_loop()
    own_store.freeze()
    began = loop.time()
    waiting = [asyncio.ensure_future(keep(vault, f"n/{number}", b"x")) for number in range(10)]
    assert await asyncio.to_thread(lambda: "the default executor is free") != ""
    assert loop.time() - began < 1
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert {getattr(answer, "code", answer) for answer in answers} == {"vault_away"}
    assert loop.time() - began < 5
    own_store.thaw()
    kept = await until_kept(vault, "n/0")
    assert [one.version for one in await vault.versions("n/0")] == [kept]
    await vault.close()


async def until_kept(vault: S3Vault, name: str) -> str:
    """The version, once the store has woken and taken it."""
    async with asyncio.timeout(30):
        while True:
            try:
                return (await keep(vault, name, b"x")).version
            except Unavailable:
                continue
