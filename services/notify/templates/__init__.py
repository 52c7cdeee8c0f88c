"""The dated texts and the tables of codes, read from the files beside this one."""

from pathlib import Path

from services.notify.domain.answers import AnswerTable, read_answers
from services.notify.domain.templates import Catalogue, read_catalogue

_FOLDER = Path(__file__).parent


def load_templates() -> Catalogue:
    """Every dated set (``<year>-<month>.toml``), linted. Errors: LintError, and then nothing may start."""
    return read_catalogue([path.read_text() for path in sorted(_FOLDER.glob("[0-9]*.toml"))])


def load_answers() -> AnswerTable:
    """What the providers' codes mean."""
    return read_answers((_FOLDER / "answers.toml").read_text())
