"""Ledger and vault over TLS: the authority that is named is believed, another one or none is not.

MinIO speaks TLS itself. The MongoDB-wire engine speaks none and knows no users, so TLS stands in front of it here;
users of MongoDB are the driver's own affair, told in ``MONGODB_URI``, and were not run on this machine.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from contracts.errors import TiepdanError
from deploy.engines import MinioEngine, MongoEngine, free_ports
from deploy.engines.server import HOST
from services.chassis.ledger.mongo import MongoLedger
from services.chassis.ledger.port import Change, Collection
from services.chassis.vault.access import S3Access
from services.chassis.vault.s3_vault import S3Vault
from tests.engines.addresses import native
from tests.engines.authority import Authority

DRAFTS = Collection("drafts")


class SecureMinio(MinioEngine):
    """MinIO with a certificate."""

    def __init__(self, data: Path, port: int, authority: Authority) -> None:
        super().__init__(data, port)
        self._authority = authority

    def _prepare(self) -> None:
        super()._prepare()
        certificate, key = self._authority.sign("store")
        (self.data / "certs").mkdir(exist_ok=True)
        (self.data / "certs" / "public.crt").write_bytes(certificate.read_bytes())
        (self.data / "certs" / "private.key").write_bytes(key.read_bytes())

    def _command(self) -> list[str]:
        return [*super()._command(), "--certs-dir", str(self.data / "certs")]

    def _answers(self) -> bool:
        context = ssl.create_default_context(cafile=self._authority.ca_file)
        try:
            url = f"https://{self.endpoint}/minio/health/cluster"
            return httpx.get(url, timeout=1, trust_env=False, verify=context).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "authority")


@pytest.fixture
def store(tmp_path: Path, authority: Authority) -> Iterator[MinioEngine]:
    native("minio")
    with SecureMinio(tmp_path / "minio", free_ports(1)[0], authority) as made:
        yield made


def access(store: MinioEngine, ca_file: Path | None, scheme: str = "https") -> S3Access:
    own = store.credentials
    return S3Access(
        endpoint=f"{scheme}://{store.endpoint}",
        access_key=SecretStr(own.access_key),
        secret_key=SecretStr(own.secret_key),
        bucket="over-tls",
        ca_file=ca_file,
    )


async def test_a_store_with_a_certificate_is_believed_by_its_authority_alone(
    store: MinioEngine, authority: Authority, tmp_path: Path
) -> None:
    vault = S3Vault(access(store, authority.ca_file), mode="GOVERNANCE")
    await vault.open()
    await vault.close()
    for ca_file in (None, Authority(tmp_path / "other").ca_file):
        stranger = S3Vault(access(store, ca_file), mode="GOVERNANCE")
        with pytest.raises(TiepdanError):
            await stranger.open()
        await stranger.close()


async def test_a_store_with_a_certificate_takes_nothing_in_the_clear(store: MinioEngine, authority: Authority) -> None:
    vault = S3Vault(access(store, authority.ca_file, "http"), mode="GOVERNANCE")
    with pytest.raises(TiepdanError):
        await vault.open()
    await vault.close()


@asynccontextmanager
async def tls_before(port: int, authority: Authority) -> AsyncIterator[int]:
    """A door that speaks TLS and passes on what it hears; where it is."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*authority.sign("ledger"))

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(HOST, port)
        await asyncio.gather(_copy(reader, far_writer), _copy(far_reader, writer))

    door = await asyncio.start_server(pass_on, HOST, 0, ssl=context)
    try:
        yield door.sockets[0].getsockname()[1]
    finally:
        door.close()


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    try:
        while piece := await source.read(65_536):
            target.write(piece)
            await target.drain()
    except OSError:
        pass
    finally:
        target.close()


async def test_a_ledger_over_tls_is_believed_by_its_authority_alone(tmp_path: Path, authority: Authority) -> None:
    native("mongo")
    with MongoEngine(tmp_path / "mongo", *free_ports(1)) as engine:
        async with tls_before(engine.port, authority) as port:
            uri = f"mongodb://{HOST}:{port}/?directConnection=true&tls=true"
            ledger = MongoLedger(SecretStr(f"{uri}&tlsCAFile={authority.ca_file}"), database="t", timeout_seconds=5)
            await ledger.open([DRAFTS])
            await ledger.insert(DRAFTS.name, "one", Change(state={"n": 1}, keys={}))
            found = await ledger.read(DRAFTS.name, "one")
            assert found is not None
            assert found.state == {"n": 1}
            await ledger.close()
            for ca_file in ("", f"&tlsCAFile={Authority(tmp_path / 'other').ca_file}"):
                stranger = MongoLedger(SecretStr(uri + ca_file), database="t", timeout_seconds=3)
                with pytest.raises(TiepdanError):
                    await stranger.open([DRAFTS])
                await stranger.close()
