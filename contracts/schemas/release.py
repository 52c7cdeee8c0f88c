"""Generate what is committed, compare it, and refuse what would break a reader."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from contracts.facts import FACTS
from contracts.facts.base import Fact
from contracts.schemas.asyncapi import asyncapi
from contracts.schemas.documents import as_text, schema_of
from contracts.schemas.promises import (
    LockBroken,
    Promise,
    breaks,
    lock_text,
    promises_of,
    promises_of_stream,
    read_lock,
)
from contracts.schemas.table import with_table
from contracts.streams import STREAMS

ROOM: Final = Path(__file__).parents[1]
"""The contracts folder."""
LOCK: Final = "schemas/released.lock"
_README: Final = "README.md"


def present(facts: Iterable[type[Fact]] = FACTS) -> tuple[Promise, ...]:
    """What the models and streams promise now, in a stable order."""
    said = {promise for fact in facts for promise in promises_of(fact)}
    kept = {promise for stream in STREAMS for promise in promises_of_stream(stream)}
    return tuple(sorted(said | kept))


def generated(room: Path = ROOM, facts: Iterable[type[Fact]] = FACTS) -> dict[str, str]:
    """Every generated file but the lock, by its path inside the room."""
    files = {f"schemas/{fact.TYPE}.json": as_text(schema_of(fact)) for fact in facts}
    files["asyncapi.json"] = as_text(asyncapi())
    readme = room / _README
    if readme.exists():
        files[_README] = with_table(readme.read_text(encoding="utf-8"))
    return files


def released(room: Path = ROOM) -> tuple[Promise, ...] | None:
    """The promises of the committed lock; none when nothing was ever released. Errors: LockBroken."""
    lock = room / LOCK
    return read_lock(lock.read_text(encoding="utf-8")) if lock.exists() else None


def check(room: Path = ROOM, now: Iterable[Promise] | None = None, files: Mapping[str, str] | None = None) -> list[str]:
    """What is wrong with the committed contracts, one line each; empty when all is well."""
    promised = tuple(now) if now is not None else present()
    files = files if files is not None else generated(room)
    try:
        kept = released(room)
    except LockBroken as broken:
        return [f"{LOCK}: {broken}"]
    if kept is None:
        return [f"{LOCK} is missing: run make schemas"]
    problems = breaks(kept, promised)
    fresh = len(set(promised) - set(kept))
    if fresh and not problems:
        problems.append(f"{fresh} new promises are not in {LOCK}: run make schemas")
    return problems + _differing(room, files)


def release(
    room: Path = ROOM, now: Iterable[Promise] | None = None, files: Mapping[str, str] | None = None
) -> list[str]:
    """Write the generated files and add new promises to the lock, or, when a promise would break, write nothing and
    say what breaks."""
    promised = tuple(now) if now is not None else present()
    try:
        kept = released(room) or ()
    except LockBroken as broken:
        return [f"{LOCK}: {broken}"]
    if problems := breaks(kept, promised) if kept else []:
        return problems
    for name, text in (files if files is not None else generated(room)).items():
        _write(room / name, text)
    known = set(kept)
    _write(room / LOCK, lock_text([*kept, *(promise for promise in promised if promise not in known)]))
    return []


def _differing(room: Path, files: Mapping[str, str]) -> list[str]:
    differing = [
        f"{name} is not as generated: run make schemas"
        for name, text in files.items()
        if not (room / name).exists() or (room / name).read_text(encoding="utf-8") != text
    ]
    committed = {f"schemas/{path.name}" for path in (room / "schemas").glob("*.json")}
    return differing + [f"{name} belongs to no fact" for name in sorted(committed - set(files))]


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
