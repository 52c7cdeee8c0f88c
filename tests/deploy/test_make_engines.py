"""``make engines`` on machines that lack something: one line for each missing tool, and progress where it works."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from deploy.engines.folder import NAMES, RECIPES, engine_folder, is_built
from deploy.engines.server import EngineFailed

ROOT: Final = Path(__file__).parents[2]
TOOLS: Final = {"javac": "javac 17.0.15", "mvn": "Apache Maven 3.8.7", "go": "go version go1.26.8 linux/amd64"}


def machine(folder: Path, tools: dict[str, str]) -> Path:
    """A PATH on which these tools are, saying these versions and doing nothing."""
    where = folder / "bin"
    where.mkdir()
    for name, said in tools.items():
        (where / name).write_text(f"#!/bin/sh\necho '{said}'\n", encoding="utf-8")
        (where / name).chmod(0o755)
    return where


def build(folder: Path, path: str, *names: str) -> tuple[int, list[str]]:
    """Exit status and what was said."""
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "deploy.engines", "build", *names],
        env={"PATH": path, "PYTHONPATH": str(ROOT), "ENGINES_FOLDER": str(folder / "engines"), "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr.splitlines()


def test_a_bare_machine_is_told_every_missing_tool_in_one_line_each(tmp_path: Path) -> None:
    code, lines = build(tmp_path, str(machine(tmp_path, {})))
    assert code == 2
    assert [line.split(",")[0] for line in lines] == [
        "engines: missing: a JDK",
        "engines: missing: Maven 3 (mvn on PATH)",
        "engines: missing: Go 1.24 or newer (go on PATH)",
    ]
    assert not (tmp_path / "engines").exists()


@pytest.mark.parametrize(
    ("tool", "said", "line"),
    [
        (
            "javac",
            "javac 11.0.2",
            "missing: a JDK, 17 or newer (javac on PATH), for kafka, mongo and verapdf; seen: 11",
        ),
        ("mvn", "mvn: broken", "missing: Maven 3 (mvn on PATH), for kafka, mongo and verapdf; seen: none"),
        ("go", "go version go1.19.8 linux/amd64", "missing: Go 1.24 or newer (go on PATH), for minio; seen: 1.19"),
    ],
)
def test_an_old_or_broken_tool_is_named_alone(tmp_path: Path, tool: str, said: str, line: str) -> None:
    assert build(tmp_path, str(machine(tmp_path, TOOLS | {tool: said}))) == (2, [f"engines: {line}"])


def test_only_what_an_engine_needs_is_asked_for(tmp_path: Path) -> None:
    path = machine(tmp_path, {"go": "go version go1.19.8 linux/amd64"})
    code, lines = build(tmp_path, str(path), "minio")
    assert (code, len(lines)) == (2, 1)
    assert "for minio" in lines[0]


def test_it_says_what_it_does_and_a_build_without_its_bytes_is_refused(tmp_path: Path) -> None:
    """Maven that fetches nothing: progress is shown, and what is not the pinned bytes is never called an engine."""
    path = machine(tmp_path, TOOLS)
    fetches_nothing = (
        '#!/bin/sh\ncase "$*" in *--version*) echo Apache Maven 3.8.7;; esac\n'
        'for word; do case "$word" in -DoutputDirectory=*) mkdir -p "${word#-DoutputDirectory=}";; esac; done\n'
    )
    (path / "mvn").write_text(fetches_nothing, encoding="utf-8")
    code, lines = build(tmp_path, f"{path}:{os.defpath}", "kafka")
    assert code == 2
    assert lines[0] == "engines: kafka: mvn -B …"
    assert lines[1].startswith("engines: kafka: not the pinned bytes (recipes/kafka/jars.sha256): ")
    assert not (tmp_path / "engines" / "kafka").exists()


def test_every_engine_has_a_recipe_and_none_is_there_before_it_is_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENGINES_FOLDER", str(tmp_path))
    for name in NAMES:
        assert (RECIPES / name).is_dir()
        assert not is_built(name)
        with pytest.raises(EngineFailed, match=f"{name} is not built: run `make engines`"):
            engine_folder(name)
