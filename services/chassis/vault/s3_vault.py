"""The vault on S3 with object lock: the port's promises, kept by a bucket, a few threads and a deadline."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Final, TypeVar

from contracts.errors import BadInput, NotFound
from services.chassis.clock import Clock, SystemClock
from services.chassis.vault.access import Mode, S3Access
from services.chassis.vault.crew import Crew
from services.chassis.vault.port import Kept
from services.chassis.vault.probe import prove_retention
from services.chassis.vault.s3 import Bucket, in_our_words
from services.chassis.vault.words import away, check_name, check_range, damaged, in_utc

OBJECT_MAX_BYTES: Final = 67_108_864
"""One PUT: a SHA-256 of the whole object means something only when it travels in one piece."""
PIECE_BYTES: Final = 4_194_304
"""``read`` asks for this much at a time, so that nobody who reads slowly keeps a connection."""

_LEAST_BYTES_PER_SECOND: Final = 2_097_152
_LIST_SECONDS: Final = 60.0
_TOGETHER: Final = 32

T = TypeVar("T")


class S3Vault:
    """A vault in one bucket that was created with object lock.

    Retention and holds are the store's: against every credential in COMPLIANCE, against all that may not bypass in
    GOVERNANCE; against root of the store's own machine only a second site helps. Dates are kept in whole seconds,
    rounded up, and judged by the store's clock: a date that is past there cannot be set. An object is one PUT of at
    most 64 MiB. A delete without version, which is not ours, hides an object behind a marker: ``versions`` shows the
    marker, ``stat`` and ``read`` look through it. On a store that ignores conditional PUTs a name written by several at
    once may get more versions than contents; none is lost. ``versions`` asks once per version: it is for verification.
    """

    def __init__(
        self,
        access: S3Access,
        *,
        mode: Mode = "COMPLIANCE",
        clock: Clock | None = None,
        max_threads: int = 8,
        deadline_seconds: float = 15.0,
    ) -> None:
        self.name = "s3"
        self._clock = clock or SystemClock()
        self._crew = Crew(max_threads, "vault")
        self._deadline_seconds = deadline_seconds
        self._bucket = Bucket(access, mode=mode, clock=self._clock, max_connections=max_threads)

    async def open(self) -> None:
        """Make the bucket when it is not there, and prove that it keeps retention.

        Errors: Refused("retention_not_kept") when the bucket is without object lock or the store does not mean it.
        """
        if self._crew.is_here:
            return
        self._crew.come()
        try:
            await self._do(self._bucket.prepare)
            await prove_retention(self, self._clock.now())
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Finish what was begun and let go."""
        await self._crew.go()
        self._bucket.let_go()

    async def ping(self) -> None:
        """Return when the store answers for the bucket."""
        if not await self._do(self._bucket.exists):
            raise away("no_bucket")

    async def put(self, name: str, content: bytes, *, sha256: str, retain_until: datetime | None = None) -> Kept:
        """Keep ``content`` durably as the newest version; retention of a version that is already there may grow."""
        check_name(name)
        until = _whole_seconds(retain_until) if retain_until else None
        if len(content) > OBJECT_MAX_BYTES:
            raise BadInput(
                "object_too_large", "Tệp lớn hơn mức một đối tượng lưu trữ được phép.", limit=OBJECT_MAX_BYTES
            )
        more_seconds = len(content) / _LEAST_BYTES_PER_SECOND
        return await self._do(lambda: self._bucket.put(name, content, sha256, until), more_seconds=more_seconds)

    async def stat(self, name: str, version: str | None = None) -> Kept:
        """What is known of it; its SHA-256 is ours, checked against the store's own where the store keeps one."""
        check_name(name)
        return await self._do(lambda: self._bucket.stat(name, version))

    async def read(
        self, name: str, version: str | None = None, *, offset: int = 0, length: int | None = None
    ) -> AsyncIterator[bytes]:
        """Its bytes, in pieces of at most ``PIECE_BYTES``. A range beyond the end gives what there is.

        Errors: Unavailable("vault_damaged") after the last piece when a whole object does not have its SHA-256.
        """
        check_name(name)
        check_range(offset, length)
        kept = await self._do(lambda: self._bucket.stat(name, version))
        end = kept.size_bytes if length is None else min(offset + length, kept.size_bytes)
        is_whole = offset == 0 and end == kept.size_bytes
        digest = hashlib.sha256()
        for begin in range(offset, end, PIECE_BYTES):
            piece = await self._do(partial(self._bucket.piece, kept, begin, min(begin + PIECE_BYTES, end), digest))
            yield piece
        if is_whole and digest.hexdigest() != kept.sha256:
            raise damaged(name)

    async def versions(self, prefix: str) -> list[Kept]:
        """Every version, and every delete marker, of the object called ``prefix`` and of those below it."""
        if prefix:
            check_name(prefix)
        listed = await self._do(lambda: self._bucket.listed(prefix), more_seconds=_LIST_SECONDS)
        described: list[Kept | None] = []
        for begin in range(0, len(listed), _TOGETHER):
            described += await asyncio.gather(*map(self._described, listed[begin : begin + _TOGETHER]))
        return [one for one in described if one]

    async def retain(self, name: str, version: str, until: datetime) -> Kept:
        check_name(name)
        moment = _whole_seconds(until)
        return await self._do(lambda: self._bucket.retain(name, version, moment))

    async def hold(self, name: str, version: str, held: bool) -> Kept:
        check_name(name)
        return await self._do(lambda: self._bucket.hold(name, version, held))

    async def delete(self, name: str, version: str) -> None:
        """Remove one version, or one delete marker, which brings the object back."""
        check_name(name)
        await self._do(lambda: self._bucket.delete(name, version))

    async def _described(self, listed: Kept) -> Kept | None:
        if listed.is_marker:
            return listed
        try:
            return await self.stat(listed.name, listed.version)
        except NotFound:  # deleted since it was listed
            return None

    async def _do(self, work: Callable[[], T], *, more_seconds: float = 0.0) -> T:
        return await self._crew.do(partial(in_our_words, work), within_seconds=self._deadline_seconds + more_seconds)


def _whole_seconds(moment: datetime) -> datetime:
    """Not earlier than the moment; what every store can write down."""
    utc = in_utc(moment)
    return utc if utc.microsecond == 0 else utc.replace(microsecond=0) + timedelta(seconds=1)
