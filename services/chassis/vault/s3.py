"""A bucket with object lock, through minio-py: the only file that knows the driver. Blocking.

Everything used is plain S3: versions, retention and legal hold per version, ``If-None-Match`` and ``If-Match`` on PUT,
``x-amz-checksum-sha256``. Nothing is MinIO's own. Decision 0005 says what that keeps and what it does not.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final, TypeVar
from xml.etree.ElementTree import ParseError

from minio import Minio
from minio.error import MinioException, S3Error
from minio.retention import Retention
from urllib3.exceptions import HTTPError

from contracts.errors import NotFound, Refused, TiepdanError
from services.chassis.clock import Clock
from services.chassis.vault.access import Mode, S3Access
from services.chassis.vault.port import Kept
from services.chassis.vault.s3_headers import LOCK_MODE, MARKER, headers_of, kept_of
from services.chassis.vault.wire import connections
from services.chassis.vault.words import away, damaged, full, no_object

_TURNS: Final = 32

_NO_ROOM: Final = {
    "SlowDownWrite",  # MinIO on full drives, measured; on lost drives too
    "XMinioStorageFull",
    "XMinioAdminBucketQuotaExceeded",
    "QuotaExceeded",
    "InsufficientCapacity",
}
_INSUFFICIENT_STORAGE: Final = 507
_ABSENT: Final = {"NoSuchKey", "NoSuchVersion"}
_BAD_REQUEST: Final = 400
_TAKEN: Final = {"PreconditionFailed", "ConditionalRequestConflict"}
_FORBIDDING: Final = {"InvalidRequest", "AccessDenied", "ObjectLocked", "MalformedXML", "InvalidArgument"}
_NO_LOCK: Final = {"ObjectLockConfigurationNotFoundError", "NoSuchObjectLockConfiguration", "NotImplemented"}
_OURS_ALREADY: Final = {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Found:
    """A version as the store describes it."""

    kept: Kept
    etag: str
    mode: str | None


class _Taken(Exception):
    """Somebody wrote this name between our look and our PUT."""


class Bucket:
    """What the S3 vault does to its store. Every call blocks, in bounded time, and is safe from several threads.

    Errors: the driver's own, which ``in_our_words`` translates, beside those that each call names.
    """

    def __init__(self, access: S3Access, *, mode: Mode, clock: Clock, max_connections: int) -> None:
        self._bucket = access.bucket
        self._region = access.region
        self._mode = mode
        self._clock = clock
        self._http = connections(max_connections, access.ca_file)
        self._store = Minio(
            access.host,
            access.access_key.get_secret_value(),
            access.secret_key.get_secret_value(),
            secure=access.has_tls,
            region=access.region,
            http_client=self._http,
        )

    def let_go(self) -> None:
        """Close idle connections."""
        self._http.clear()

    def exists(self) -> bool:
        return bool(self._store.bucket_exists(self._bucket))

    def prepare(self) -> None:
        """There, with object lock and versions. Errors: Refused("retention_not_kept")."""
        if not self.exists():
            with _except_for(_OURS_ALREADY):
                self._store.make_bucket(self._bucket, self._region, object_lock=True)
        try:
            self._store.get_object_lock_config(self._bucket)
        except S3Error as error:
            if error.code in _NO_LOCK:
                raise self._unfit("bucket_without_object_lock") from error
            raise
        if self._store.get_bucket_versioning(self._bucket).status != "Enabled":
            raise self._unfit("bucket_without_versions")

    def _unfit(self, finding: str) -> Refused:
        return Refused(
            "retention_not_kept",
            f"Vùng chứa {self._bucket} của kho S3 không bật khóa đối tượng (object lock), không được dùng: "
            "khóa chỉ bật được khi tạo vùng chứa.",
            finding=finding,
        )

    def put(self, name: str, content: bytes, sha256: str, until: datetime | None) -> Kept:
        """The newest version has this content afterwards. Errors: Refused("wrong_hash")."""
        if hashlib.sha256(content).hexdigest() != sha256:
            raise Refused("wrong_hash", "Nội dung không khớp mã băm SHA-256 đã khai.")
        condition = {"If-None-Match": "*"}
        for _ in range(_TURNS):
            try:
                return self._upload(name, content, sha256, until, condition)
            except _Taken:
                newest = self._newest(name)
            if newest is None:
                condition = {"If-None-Match": "*"}
            elif newest.kept.sha256 == sha256:
                return self._grow(newest, until)
            else:
                condition = {"If-Match": f'"{newest.etag}"'}
        raise away("name_too_busy")

    def _upload(
        self, name: str, content: bytes, sha256: str, until: datetime | None, condition: dict[str, str]
    ) -> Kept:
        now = self._clock.now().astimezone(UTC)
        until = until if until and until > now else None
        headers: dict[str, str | list[str] | tuple[str]] = {**headers_of(sha256, now, until, self._mode), **condition}
        try:
            # The public put_object turns If-None-Match into a note on the object, and copies the bytes.
            written = self._store._put_object(self._bucket, name, content, headers)  # noqa: SLF001
        except S3Error as error:
            if error.code in _TAKEN or (error.code == "NoSuchKey" and "If-Match" in condition):
                raise _Taken from error
            raise
        if not written.version_id:
            raise self._unfit("bucket_without_versions")
        return Kept(name, written.version_id, len(content), sha256, now, until)

    def _grow(self, found: _Found, until: datetime | None) -> Kept:
        kept = found.kept
        if until is None or until <= (kept.retain_until or self._clock.now()):
            return kept
        try:
            return self._retain(found, until)
        except Refused:  # somebody else set a later day meanwhile
            return self._head(kept.name, kept.version).kept

    def retain(self, name: str, version: str, until: datetime) -> Kept:
        """Kept at least until then. Errors: Refused("retention_only_grows")."""
        return self._retain(self._find(name, version), until)

    def _retain(self, found: _Found, until: datetime) -> Kept:
        name, version = found.kept.name, found.kept.version
        mode = "COMPLIANCE" if found.mode == "COMPLIANCE" else self._mode  # never weaker than it is
        try:
            self._store.set_object_retention(self._bucket, name, Retention(mode, until), version)
        except S3Error as error:
            if error.code not in _FORBIDDING:
                raise
            kept = self._head(name, version).kept
            if kept.retain_until and kept.retain_until > until:
                raise Refused(
                    "retention_only_grows", "Thời hạn lưu trữ chỉ được kéo dài, không được rút ngắn."
                ) from error
            if until in (kept.retain_until, min(until, self._clock.now())):
                return kept  # there already, or over: nothing is left to keep
            raise
        return replace(found.kept, retain_until=until)

    def hold(self, name: str, version: str, held: bool) -> Kept:
        kept = self.stat(name, version)
        if held:
            self._store.enable_object_legal_hold(self._bucket, name, version)
        else:
            self._store.disable_object_legal_hold(self._bucket, name, version)
        return replace(kept, is_held=held)

    def delete(self, name: str, version: str) -> None:
        """A version or a marker is gone. Errors: Refused("retained")."""
        try:
            self._head(name, version)
        except S3Error as error:
            if not _is_marker(error):
                raise
        try:
            self._store.remove_object(self._bucket, name, version)
        except S3Error as error:
            if error.code in _FORBIDDING and self._is_kept(self._head(name, version).kept, error):
                raise Refused(
                    "retained", "Đối tượng còn trong thời hạn lưu trữ hoặc đang bị giữ, không được xóa."
                ) from error
            raise

    def _is_kept(self, kept: Kept, refusal: S3Error) -> bool:
        """The store refused because of lock or hold, and not because we may not delete anything."""
        if kept.is_held or kept.retain_until is None:
            return kept.is_held
        return refusal.code != "AccessDenied" or self._clock.now() < kept.retain_until

    def piece(self, kept: Kept, begin: int, end: int, digest: Any) -> bytes:
        """These bytes of it, all of them, counted into ``digest``. Errors: Unavailable("vault_damaged")."""
        answer = self._store.get_object(
            self._bucket, kept.name, offset=begin, length=end - begin, version_id=kept.version
        )
        try:
            piece = answer.read()
        finally:
            answer.close()
            answer.release_conn()
        if len(piece) != end - begin:
            raise damaged(kept.name)
        digest.update(piece)
        return piece

    def stat(self, name: str, version: str | None) -> Kept:
        """What is known of a version; the newest that has content when none is named."""
        return self._find(name, version).kept

    def _newest(self, name: str) -> _Found | None:
        try:
            return self._find(name, None)
        except NotFound:
            return None

    def _find(self, name: str, version: str | None) -> _Found:
        try:
            return self._head(name, version)
        except S3Error as error:
            if version is not None or not _is_marker(error):
                raise
        standing = [one for one in self.listed(name) if one.name == name and not one.is_marker]
        if not standing:
            raise no_object()
        return self._head(name, standing[-1].version)

    def _head(self, name: str, version: str | None) -> _Found:
        try:
            said = self._store.stat_object(
                self._bucket, name, version_id=version, extra_headers={"x-amz-checksum-mode": "ENABLED"}
            )
        except S3Error as error:
            if version is not None and error.response.status == _BAD_REQUEST:
                raise no_object() from error  # not a version id at all
            raise
        known = said.metadata or {}
        kept = kept_of(name, said.version_id or "", said.size or 0, known)
        return _Found(kept, said.etag or "", known.get(LOCK_MODE))

    def listed(self, prefix: str) -> list[Kept]:
        """What the store lists, oldest first per name; hash and dates of a version are not among it."""
        listed = [
            (one.object_name or "", one.last_modified or datetime.min.replace(tzinfo=UTC), -place, one)
            for place, one in enumerate(
                self._store.list_objects(self._bucket, prefix, recursive=True, include_version=True)
            )
        ]
        return [
            Kept(name, one.version_id or "", one.size or 0, "", at, None, is_marker=one.is_delete_marker)
            for name, at, _, one in sorted(listed, key=lambda row: row[:3])  # newest first in the store's own list
            if not prefix or name == prefix or name.startswith(f"{prefix}/")
        ]


def in_our_words(work: Callable[[], T]) -> T:
    """The work's answer. Errors: ours, whatever the driver, the wire or the store said."""
    try:
        return work()
    except S3Error as error:
        raise _meaning(error) from error
    except (MinioException, HTTPError, OSError, ParseError) as error:
        raise away(type(error).__name__) from error


def _meaning(error: S3Error) -> TiepdanError:
    if error.code in _NO_ROOM or error.response.status == _INSUFFICIENT_STORAGE:
        return full()
    if error.code in _ABSENT or _is_marker(error):
        return no_object()
    return away(error.code or "unknown")


def _is_marker(error: S3Error) -> bool:
    """The version asked for is a delete marker."""
    return error.response.headers.get(MARKER) == "true"


@contextmanager
def _except_for(codes: set[str]) -> Iterator[None]:
    try:
        yield
    except S3Error as error:
        if error.code not in codes:
            raise
