"""A small store that speaks enough S3 to be opened, and lies as it is told. In this process, over real HTTP."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

Lie = Literal["none", "deletes", "shortens", "forgets", "no_lock", "full", "unwritable", "not_s3", "cuts", "busy"]

_LOCK = "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>"
_VERSIONING = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
_KEPT_HEADERS = re.compile(r"x-amz-(meta-.*|object-lock-.*|checksum-sha256)")


class LyingStore(ThreadingHTTPServer):
    """``lie`` may change while it stands. ``requests`` are what it was asked, in order: method and path with query."""

    daemon_threads = True

    def __init__(self, lie: Lie) -> None:
        super().__init__(("127.0.0.1", 0), _Clerk)
        self.lie: Lie = lie
        self.requests: list[str] = []
        self.objects: dict[str, tuple[bytes, dict[str, str]]] = {}

    @property
    def endpoint(self) -> str:
        return f"127.0.0.1:{self.server_port}"


class _Clerk(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: LyingStore

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class calls it so
        pass

    def _say(self, status: int, body: str = "", headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if not headers or "Content-Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Type", "application/xml")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body.encode())

    def _refuse(self, status: int, code: str, headers: dict[str, str] | None = None) -> None:
        self._say(status, f"<Error><Code>{code}</Code><Message>no</Message></Error>", headers)

    def _asked(self) -> tuple[str, set[str], bytes]:
        url = urlsplit(self.path)
        self.server.requests.append(f"{self.command} {self.path}")
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        return url.path, set(parse_qs(url.query, keep_blank_values=True)), body

    def do_HEAD(self) -> None:
        path, _, _ = self._asked()
        if path.count("/") == 1:
            return self._say(HTTPStatus.OK)
        if path not in self.server.objects:
            return self._say(HTTPStatus.NOT_FOUND)
        content, known = self.server.objects[path]
        return self._say(HTTPStatus.OK, headers={**known, "Content-Length": str(len(content)), "ETag": '"e"'})

    def do_GET(self) -> None:
        path, query, _ = self._asked()
        lie = self.server.lie
        if lie == "not_s3":
            return self._say(HTTPStatus.OK, "<html><p>It works!</html>")
        if "object-lock" in query:
            return (
                self._refuse(404, "ObjectLockConfigurationNotFoundError") if lie == "no_lock" else self._say(200, _LOCK)
            )
        if "versioning" in query:
            return self._say(HTTPStatus.OK, _VERSIONING)
        content, known = self.server.objects[path]
        if lie == "cuts":
            content = content[: len(content) // 2]
        return self._say(HTTPStatus.PARTIAL_CONTENT, content.decode(), known)

    def do_PUT(self) -> None:
        path, query, body = self._asked()
        lie = self.server.lie
        if lie == "full":
            return self._refuse(HTTPStatus.INSUFFICIENT_STORAGE, "XMinioStorageFull")
        if lie == "unwritable":
            return self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, "SlowDownWrite")
        if lie == "busy":
            return self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, "SlowDown", {"Retry-After": "3600"})
        if "retention" in query:
            return self._retain(path, body.decode())
        if path in self.server.objects and self.headers["If-None-Match"]:
            return self._refuse(HTTPStatus.PRECONDITION_FAILED, "PreconditionFailed")
        known = {name.lower(): value for name, value in self.headers.items() if _KEPT_HEADERS.fullmatch(name.lower())}
        if lie == "forgets":
            known.pop("x-amz-object-lock-retain-until-date", None)
        known["x-amz-version-id"] = str(uuid4())
        self.server.objects[path] = body, known
        return self._say(HTTPStatus.OK, headers={"x-amz-version-id": known["x-amz-version-id"]})

    def _retain(self, path: str, body: str) -> None:
        known = self.server.objects[path][1]
        until = re.search(r"<RetainUntilDate>(.*)</RetainUntilDate>", body)
        if self.server.lie == "shortens" or (until and until[1] > known["x-amz-object-lock-retain-until-date"]):
            known["x-amz-object-lock-retain-until-date"] = until[1] if until else ""
            return self._say(HTTPStatus.OK)
        return self._refuse(HTTPStatus.BAD_REQUEST, "InvalidRequest")

    def do_DELETE(self) -> None:
        path, _, _ = self._asked()
        if self.server.lie != "deletes":
            return self._refuse(HTTPStatus.BAD_REQUEST, "InvalidRequest")
        self.server.objects.pop(path, None)
        return self._say(HTTPStatus.NO_CONTENT)


@contextmanager
def lying_store(lie: Lie) -> Iterator[LyingStore]:
    store = LyingStore(lie)
    thread = threading.Thread(target=store.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield store
    finally:
        store.shutdown()
        thread.join()
        store.server_close()
