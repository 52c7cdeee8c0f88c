"""JSON logs: a fixed event name, allow-listed fields, exceptions by type and place.

    log = get_log()
    log.info("petition.filed", petition_id=petition_id, channel=petition.channel)

A field that is not on the list, or a value that could be free text, is dropped and counted; until ``configure_logs``
has been called (so in every test) it raises instead. Library logs keep their template and place, never their values.
"""

import contextlib
import logging
import re
import sys
import traceback
from collections.abc import Callable, MutableMapping
from datetime import UTC, date, datetime
from enum import Enum
from pathlib import Path
from typing import Any, Final, cast
from uuid import UUID

import orjson
import structlog
from opentelemetry import trace

from services.chassis.telemetry.fields import FIELDS

Event = MutableMapping[str, Any]

_EVENT_NAME: Final = re.compile(r"[a-z]+(_[a-z]+)*(\.[a-z]+(_[a-z]+)*)+")
_PLAIN_VALUE: Final = re.compile(r"[A-Za-z0-9._:/+=,*{}()<>-]{0,200}")
_ROOT: Final = Path(__file__).parents[3]
_LIBRARY_LEVELS: Final = {"uvicorn": logging.WARNING, "aiokafka": logging.ERROR, "faststream": logging.WARNING}


class UnlistedField(ValueError):
    """A log line with a field name or value that is not allowed; raised in tests, dropped and counted in service."""


def get_log() -> structlog.typing.FilteringBoundLogger:
    """The log of this process."""
    return cast("structlog.typing.FilteringBoundLogger", structlog.get_logger())


def configure_logs(service: str, level: str = "info", on_dropped: Callable[[], None] = lambda: None) -> None:
    """From here on every line names the service, and an unlisted field is dropped and counted, not raised."""

    def dropped(_: str) -> None:
        on_dropped()

    _configure(dropped, level, service)
    root = logging.getLogger()
    root.handlers = [_LibraryLogs()]
    root.setLevel(logging.WARNING)
    for name, library_level in _LIBRARY_LEVELS.items():
        library = logging.getLogger(name)
        library.handlers, library.propagate = [], True
        library.setLevel(library_level)


def fault_of(error: BaseException) -> dict[str, str]:
    """What may be said of an exception: its type and the place in our code, never its message."""
    cause = error.__cause__ or error.__context__
    facts = {"error": type(error).__name__, "place": _place_of(error)}
    return facts | ({"cause": type(cause).__name__} if cause else {})


def _place_of(error: BaseException) -> str:
    frames = list(traceback.extract_tb(error.__traceback__))
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(_ROOT) and ".venv" not in frame.filename]
    if not (frames := ours or frames):
        return "unknown"
    last = frames[-1]
    path = Path(last.filename)
    return f"{path.relative_to(_ROOT) if ours else path.name}:{last.lineno}"


def _listed_only(on_unlisted: Callable[[str], None]) -> structlog.typing.Processor:
    def keep(_: Any, __: str, event: Event) -> Event:
        named = str(event.pop("event", ""))
        if not _EVENT_NAME.fullmatch(named):
            on_unlisted("an event name is dotted lower case, such as petition.filed")
            named = "log.unnamed"
        kept: dict[str, Any] = {"event": named}
        for name, value in event.items():
            if name == "exc_info":
                kept |= _fault(value)
            elif name in FIELDS and (plain := _plain(value)) is not _NOT_PLAIN:
                kept[name] = plain
            else:
                on_unlisted(f"field {name!r} is not on the list, or its value could be text")
        return kept

    return keep


_NOT_PLAIN: Final = object()


def _plain(value: object) -> Any:
    if isinstance(value, Enum):
        value = value.value
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, UUID | date | datetime | Path):
        return str(value)
    return value if isinstance(value, str) and _PLAIN_VALUE.fullmatch(value) else _NOT_PLAIN


def _fault(exc_info: object) -> dict[str, str]:
    error = exc_info if isinstance(exc_info, BaseException) else sys.exception()
    return fault_of(error) if error else {}


def _stamped(service: str | None) -> structlog.typing.Processor:
    def stamp(_: Any, level: str, event: Event) -> Event:
        stamped = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "level": level}
        span = trace.get_current_span().get_span_context()
        traced = {"trace_id": f"{span.trace_id:032x}"} if span.is_valid else {}
        return stamped | ({"service": service} if service else {}) | dict(event) | traced

    return stamp


def _rendered(_: Any, __: str, event: Event) -> str:
    return orjson.dumps(dict(event)).decode()


def _write(line: str) -> None:
    """A line that cannot be written (a full disk, a closed pipe) is lost; it breaks nothing of what it tells about."""
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(line + "\n")


class _Lines:
    """Writes to whatever stderr is now, so that a redirected stream gets the lines."""

    def msg(self, line: str) -> None:
        _write(line)

    debug = info = warning = error = critical = exception = log = msg


class _LibraryLogs(logging.Handler):
    """Lines of libraries: their place and, when it is a constant, their template."""

    def emit(self, record: logging.LogRecord) -> None:
        line: dict[str, Any] = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": "library.logged",
            "logger": record.name,
            "place": f"{record.module}:{record.lineno}",
        }
        if record.args and isinstance(record.msg, str):
            line["template"] = record.msg[:200]
        if record.exc_info and record.exc_info[1]:
            line |= fault_of(record.exc_info[1])
        _write(orjson.dumps(line).decode())


def _refuse(complaint: str) -> None:
    raise UnlistedField(complaint)


def _configure(on_unlisted: Callable[[str], None], level: str = "debug", service: str | None = None) -> None:
    structlog.configure(
        processors=[_listed_only(on_unlisted), _stamped(service), _rendered],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: _Lines(),
        cache_logger_on_first_use=False,
    )


_configure(_refuse)
