"""Connections to a store: few, with short timeouts and few retries."""

from pathlib import Path
from typing import Final

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager, Retry, Timeout
from urllib3.connection import HTTPConnection, HTTPSConnection

CONNECT_SECONDS: Final = 2.0
ANSWER_SECONDS: Final = 10.0
"""For a body to be sent and, again, for every read of the answer."""

_PATIENCE_SECONDS: Final = 0.1
_PASSING: Final = (500, 502, 503, 504)


def connections(count: int, ca_file: Path | None) -> PoolManager:
    """At most ``count`` idle connections to one store.

    One repetition, also of a PUT: ours are conditional, so what was done already is refused and seen. A ``Retry-After``
    of the store is not slept out here, in a thread that others wait for. ``ca_file`` is the authority to trust; without
    it those of the system (``SSL_CERT_FILE`` counts).
    """
    pool = PoolManager(
        maxsize=count,
        timeout=Timeout(connect=CONNECT_SECONDS, read=ANSWER_SECONDS),
        retries=Retry(
            total=1,
            redirect=0,
            backoff_factor=_PATIENCE_SECONDS,
            status_forcelist=_PASSING,
            raise_on_status=False,
            respect_retry_after_header=False,
        ),
        cert_reqs="CERT_REQUIRED",
        ca_certs=str(ca_file) if ca_file else None,
    )
    pool.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}
    return pool


class _Plain(HTTPConnection):
    def connect(self) -> None:
        super().connect()
        _may_send(self)


class _Secure(HTTPSConnection):
    def connect(self) -> None:
        super().connect()
        _may_send(self)


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


def _may_send(connection: HTTPConnection) -> None:
    # urllib3 leaves the connect timeout on a fresh socket, and Python counts it over the whole body: a large object on
    # a slow line would never arrive.
    connection.sock.settimeout(ANSWER_SECONDS)
