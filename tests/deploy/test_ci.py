"""What CI concludes from what its runs say; ``make`` is played."""

import subprocess
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
GOOD: Final = {
    "test": "= 9 passed, 2 skipped, 3 deselected in 1.20s =",
    "test-engines": "== 4 passed in 60.1s (0:01:00) ==",
}
_GO: Final = "#!/bin/sh\necho go version go1.26.8 linux/amd64\n"
_MAKE: Final = """#!/bin/sh
echo "$1" >> "$PLAYED/asked"
cat "$PLAYED/$1" 2>/dev/null
! test -e "$PLAYED/$1.fails"
"""


def ended(folder: Path, said: dict[str, str], failing: str = "") -> tuple[int, list[str], list[str]]:
    """Exit status, the lines, and what was asked of ``make``."""
    (folder / "bin").mkdir()
    for name in ("make", "javac", "mvn", "cc", "go"):
        (folder / "bin" / name).write_text(_GO if name == "go" else _MAKE, encoding="utf-8")
        (folder / "bin" / name).chmod(0o755)
    for target, line in said.items():
        (folder / target).write_text(f"collected\n{line}\n", encoding="utf-8")
    for target in failing.split():
        (folder / f"{target}.fails").touch()
    done = subprocess.run(  # noqa: S603 - our own script
        ["/bin/bash", str(ROOT / ".ci" / "run")],
        env={"PATH": f"{folder / 'bin'}:/usr/bin:/bin", "HOME": str(folder), "PLAYED": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stdout.splitlines(), (folder / "asked").read_text(encoding="utf-8").split()


def test_both_runs_are_counted_last_each_and_together(tmp_path: Path) -> None:
    code, lines, asked = ended(tmp_path, GOOD)
    assert code == 0
    assert asked == ["check", "test", "engines", "test-engines"]
    assert lines[-3:] == [
        "make test: 9 passed, 0 failed, 2 skipped",
        "make test-engines: 4 passed, 0 failed, 0 skipped",
        "13 passed, 0 failed, 2 skipped",
    ]


@pytest.mark.parametrize(
    ("said", "failing", "last"),
    [
        ({"test": "= 1 failed, 8 passed in 1s ="}, "test", "12 passed, 1 failed, 0 skipped"),
        ({"test-engines": "= 1 failed, 2 passed, 1 error in 9s ="}, "test-engines", "11 passed, 2 failed, 2 skipped"),
        ({"test-engines": "= 3 passed, 1 skipped in 9s ="}, "", "12 passed, 0 failed, 3 skipped"),
        ({"test-engines": "= 7 deselected in 9s ="}, "", "9 passed, 0 failed, 2 skipped"),
        ({}, "engines", "9 passed, 1 failed, 2 skipped"),
        ({"test-engines": "= 4 passed in 9s ="}, "test-engines", "13 passed, 0 failed, 2 skipped"),
    ],
)
def test_a_run_that_is_not_whole_is_red(tmp_path: Path, said: dict[str, str], failing: str, last: str) -> None:
    code, lines, _ = ended(tmp_path, GOOD | said, failing)
    assert code == 1
    assert lines[-1] == last


def test_a_failed_gate_is_red_and_the_tests_are_counted_all_the_same(tmp_path: Path) -> None:
    code, lines, asked = ended(tmp_path, GOOD, "check")
    assert code != 0
    assert "CI: make check failed" in lines
    assert asked == ["check", "test", "engines", "test-engines"]
    assert lines[-1] == "13 passed, 0 failed, 2 skipped"
