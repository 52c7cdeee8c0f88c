"""Where built engines stand, and whether one is whole."""

import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import Final

from deploy.engines.server import EngineFailed

RECIPES: Final = Path(__file__).parent / "recipes"
NAMES: Final = ("kafka", "mongo", "minio", "verapdf")
"""Servers, and the judge of PDF files."""
_STAMP: Final = "built.json"


def engines_folder() -> Path:
    """``ENGINES_FOLDER``, or ``engines/`` beside the code, which git ignores."""
    return Path(os.environ.get("ENGINES_FOLDER") or RECIPES.parents[2] / "engines").resolve()


def engine_folder(name: str) -> Path:
    """Where an engine that is whole stands. Errors: EngineFailed when it has to be built first."""
    if not is_built(name):
        raise EngineFailed(f"{name} is not built: run `make engines`")
    return engines_folder() / name


def is_built(name: str) -> bool:
    """True when the engine was built from today's recipe and every file of it is there in full."""
    folder = engines_folder() / name
    try:
        stamp = json.loads((folder / _STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(stamp["recipe"] == recipe_hash(name) and stamp["files"] == _sizes(folder))


def stamp(name: str, folder: Path) -> None:
    """Write down, last of all, that ``folder`` holds the whole engine."""
    text = json.dumps({"recipe": recipe_hash(name), "files": _sizes(folder)}, indent=1)
    (folder / _STAMP).write_text(text, encoding="utf-8")


def recipe_hash(name: str) -> str:
    """Changes with every pinned version and every file of the recipe."""
    digest = hashlib.sha256()
    for path in sorted((RECIPES / name).iterdir()):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def java() -> str:
    """The java program. Errors: EngineFailed when there is none."""
    home = os.environ.get("JAVA_HOME")
    found = shutil.which("java", path=f"{home}/bin") if home else shutil.which("java")
    if not found:
        raise EngineFailed("java is missing: install a JDK, 17 or newer")
    return found


def _sizes(folder: Path) -> dict[str, int]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != _STAMP)
    return {path.relative_to(folder).as_posix(): path.stat().st_size for path in files}
