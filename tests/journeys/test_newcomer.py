"""What a newcomer meets when something is missing: one clear line, a non-zero exit, nothing left behind."""

import asyncio
import os
import shutil
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SETUP = ROOT / "deploy" / "setup" / "venv.sh"


async def _set_up(folder: Path, **environment: str) -> tuple[int, list[str]]:
    lock = folder / "requirements.lock"
    shutil.copy(ROOT / "requirements.lock", lock)
    process = await asyncio.create_subprocess_exec(
        "sh",
        str(SETUP),
        lock.name,
        ".venv/.runtime",
        cwd=folder,
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode().splitlines()


async def test_no_python_is_one_line(tmp_path: Path) -> None:
    code, lines = await _set_up(tmp_path, PYTHON="python-that-is-not-there")

    assert code == 2
    assert len(lines) == 1
    assert "Python 3.11" in lines[0]


async def test_an_old_python_is_one_line(tmp_path: Path) -> None:
    old = tmp_path / "old-python"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.9.2" && exit 0\nexit 1\n')
    old.chmod(0o755)

    code, lines = await _set_up(tmp_path, PYTHON=str(old))

    assert code == 2
    assert len(lines) == 1
    assert "3.9.2" in lines[0]


NOWHERE = {
    "PIP_INDEX_URL": "http://127.0.0.1:9/",
    "PIP_FIND_LINKS": "",
    "PIP_EXTRA_INDEX_URL": "",
    "PIP_RETRIES": "0",
    "PIP_NO_CACHE_DIR": "1",
}


@pytest.mark.timeout(180)
async def test_no_network_is_one_line_after_the_progress_lines(tmp_path: Path) -> None:
    code, lines = await _set_up(tmp_path, PYTHON=sys.executable, **NOWHERE)

    assert code == 2
    assert "mạng" in lines[-1]
    assert not (tmp_path / ".venv" / ".runtime").exists()


@pytest.mark.timeout(180)
async def test_an_environment_that_failed_half_way_is_made_anew(tmp_path: Path) -> None:
    broken = tmp_path / ".venv" / "bin" / "python"
    broken.parent.mkdir(parents=True)
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)

    await _set_up(tmp_path, PYTHON=sys.executable, **NOWHERE)

    assert (tmp_path / ".venv" / "bin" / "pip").exists()
