"""``make engines``: fetch and build, once, the servers that the tests and ``ENGINES=real`` run on, and the judge of PDFs.

Kafka, the MongoDB-wire engine and veraPDF are jars (Maven), MinIO is Go. Versions are pinned in ``recipes/``; jars are checked
against ``jars.sha256``, Go modules against ``go.sum``. An engine that is whole and of today's recipe is left alone.
"""

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from deploy.engines.folder import NAMES, RECIPES, engines_folder, is_built, stamp
from deploy.engines.server import EngineFailed

_JDK_AT_LEAST: Final = 17
_GO_AT_LEAST: Final = (1, 24)
_TELL_SECONDS: Final = 10.0
_TAIL_LINES: Final = 12
_MINIO: Final = "github.com/minio/minio"


def build(names: tuple[str, ...] = NAMES) -> None:
    """Build what is not there. Errors: EngineFailed with one line for every missing tool, or with a log's end."""
    folder = engines_folder()
    wanted = [name for name in names if not is_built(name)]
    for name in names:
        if name not in wanted:
            _say(f"{name}: built already")
    if not wanted:
        return
    missing = missing_tools(wanted)
    if missing:
        raise EngineFailed("\n".join(missing))
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        for name in wanted:
            _build_one(name, folder)


def missing_tools(names: list[str]) -> list[str]:
    """One line for every tool that these engines need and this machine lacks."""
    lines = []
    if {"kafka", "mongo", "verapdf"} & set(names):
        jdk = _version(["javac", "-version"], r"javac (\d+)")
        if not jdk or jdk[0] < _JDK_AT_LEAST:
            lines.append(f"missing: a JDK, {_JDK_AT_LEAST} or newer (javac on PATH), for kafka, mongo and verapdf; {_seen(jdk)}")
        maven = _version(["mvn", "--version"], r"Apache Maven (\d+)\.(\d+)")
        if not maven:
            lines.append("missing: Maven 3 (mvn on PATH), for kafka, mongo and verapdf; seen: none")
    if "minio" in names:
        go = _version(["go", "version"], r"go(\d+)\.(\d+)")
        if not go or go < _GO_AT_LEAST:
            least = ".".join(map(str, _GO_AT_LEAST))
            lines.append(f"missing: Go {least} or newer (go on PATH), for minio; {_seen(go)}")
    return lines


def _build_one(name: str, folder: Path) -> None:
    began = time.monotonic()
    if is_built(name):  # by another `make engines`, while this one waited
        _say(f"{name}: built already")
        return
    work = folder / f".building-{name}"
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(RECIPES / name, work / "recipe")
    (work / "built").mkdir()
    {"kafka": _jars, "mongo": _launched, "minio": _minio, "verapdf": _launched}[name](name, work)
    stamp(name, work / "built")
    shutil.rmtree(folder / name, ignore_errors=True)
    (work / "built").rename(folder / name)
    shutil.rmtree(work)
    _say(f"{name}: done in {time.monotonic() - began:.0f} s")


def _jars(name: str, work: Path) -> None:
    jars = work / "built" / "jars"
    goal = ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={jars}"]
    count = len(_pins(name))
    _run(name, ["mvn", "-B", *goal], work, lambda _: f"{len(list(jars.glob('*.jar')))} of {count} jars")
    _check_jars(name, jars)


def _launched(name: str, work: Path) -> None:
    """Jars, and a launcher of ours."""
    _jars(name, work)
    built = work / "built"
    launchers = [path.name for path in sorted((RECIPES / name).glob("*.java"))]
    command = ["javac", "-cp", f"{built / 'jars'}/*", "-d", str(built / "classes"), *launchers]
    _run(name, command, work, lambda _: "compiling the launcher")


def _minio(name: str, work: Path) -> None:
    packages = "?"

    def progress(log: str) -> str:
        return f"{sum(1 for line in log.splitlines() if '/' in line)} of {packages} packages compiled"

    _run(name, ["go", "list", "-deps", _MINIO], work, lambda log: f"{log.count('go: downloading')} modules fetched")
    packages = str(sum(1 for line in (work / "log").read_text().splitlines() if not line.startswith("go:")))
    link = ["-trimpath", "-ldflags", "-s -w"]
    _run(name, ["go", "build", "-v", *link, "-o", str(work / "built" / "minio"), _MINIO], work, progress)


def _check_jars(name: str, jars: Path) -> None:
    """Exactly the jars that were looked at when the version was pinned. Errors: EngineFailed naming each other one."""
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in jars.iterdir()}
    odd = sorted(dict(found.items() ^ _pins(name).items()))
    if odd:
        raise EngineFailed(f"{name}: not the pinned bytes (recipes/{name}/jars.sha256): {', '.join(odd)}")


def _pins(name: str) -> dict[str, str]:
    lines = (RECIPES / name / "jars.sha256").read_text(encoding="ascii").splitlines()
    return {jar: digest for digest, jar in (line.split() for line in lines)}


def _run(name: str, command: list[str], work: Path, progress: Callable[[str], str]) -> None:
    """Run to the end, saying now and then how far it is. Errors: EngineFailed with the end of what it wrote."""
    log = work / "log"
    began = told = time.monotonic()
    with log.open("wb") as out:
        process = subprocess.Popen(  # noqa: S603 - our own command, no shell
            command, cwd=work / "recipe", stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=_environment()
        )
    try:
        _say(f"{name}: {' '.join(command[:2])} …")
        while process.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(1.0)
            if time.monotonic() - told > _TELL_SECONDS:
                told = time.monotonic()
                _say(f"{name}: {progress(log.read_text(errors='replace'))}, {told - began:.0f} s")
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()
    if process.returncode != 0:
        tail = "\n".join(f"    {line[:300]}" for line in log.read_text(errors="replace").splitlines()[-_TAIL_LINES:])
        raise EngineFailed(f"{name}: {' '.join(command[:3])} failed, code {process.returncode}\n{tail}")


def _environment() -> dict[str, str]:
    flags = f"{os.environ.get('GOFLAGS', '')} -p=2 -buildvcs=false".strip()
    return {**os.environ, "GOFLAGS": flags, "CGO_ENABLED": "0"}


def _version(command: list[str], pattern: str) -> tuple[int, ...]:
    """The numbers that a tool says about itself; none when it is not there."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
    except OSError:
        return ()
    found = re.search(pattern, done.stdout + done.stderr)
    return tuple(int(number) for number in found.groups()) if found else ()


def _seen(version: tuple[int, ...]) -> str:
    return f"seen: {'.'.join(map(str, version)) or 'none'}"


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Two builds at the same time take turns."""
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("waiting for another `make engines`")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _say(line: str) -> None:
    print(f"engines: {line}", file=sys.stderr, flush=True)
