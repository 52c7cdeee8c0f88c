"""Reading the tables of the law. A table that cannot be right is refused with file, line and reason."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from contracts.errors import BadInput

DATA_FOLDER: Final = Path(__file__).parent / "data"

_HEADING = re.compile(r"^\[\[?\s*([a-z_]+)\s*\]\]?")


class Row(BaseModel):
    """One entry of a table; an unknown key is refused, never ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


R = TypeVar("R", bound=Row)


@dataclass(frozen=True, slots=True)
class Entry(Generic[R]):
    """A row and where it stands, so that a refusal can point at it."""

    row: R
    file: str
    line: int

    def broken(self, reason: str) -> BadInput:
        """The refusal of this entry."""
        return broken(self.file, self.line, reason)


def broken(file: str, line: int, reason: str) -> BadInput:
    """The refusal of a table, at a line."""
    return BadInput("law_data_broken", f"{file}, dòng {line}: {reason}", file=file, line=line)


def read_tables(path: Path, kinds: Mapping[str, type[Row]]) -> dict[str, list[Entry[Row]]]:
    """Every entry of the file, checked against the model of its table (``[[name]]``).

    Errors: BadInput("law_data_broken") for a file that is missing, not UTF-8 or not TOML, for an unknown table, an
    unknown or wrong key.
    """
    text = _text_of(path)
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise broken(path.name, _line_in(str(error), text), f"không phải TOML hợp lệ ({error})") from error
    lines = _lines_of_entries(text)
    for name, entries in content.items():
        line = lines.get((name, 0), _line_of_key(name, text))
        if name not in kinds:
            raise broken(path.name, line, f"bảng lạ [{name}]; có: {', '.join(kinds)}")
        if not isinstance(entries, list):
            raise broken(path.name, line, f"mỗi dòng phải mở đầu bằng [[{name}]], hai ngoặc vuông")
    return {
        name: [_entry(path.name, lines.get((name, number), 1), model, raw) for number, raw in enumerate(content[name])]
        if name in content
        else []
        for name, model in kinds.items()
    }


def rows_of(entries: list[Entry[Row]], model: type[R]) -> list[Entry[R]]:
    """The same entries, typed."""
    return [Entry(entry.row, entry.file, entry.line) for entry in entries if isinstance(entry.row, model)]


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise broken(path.name, 1, "không có tệp này") from error
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise broken(path.name, line, "không phải chữ UTF-8") from error


def _entry(file: str, line: int, model: type[Row], raw: object) -> Entry[Row]:
    try:
        return Entry(model.model_validate(raw), file, line)
    except ValidationError as error:
        reasons = "; ".join(f"{'.'.join(map(str, one['loc'])) or '-'}: {one['msg']}" for one in error.errors())
        raise broken(file, line, reasons) from error


def _lines_of_entries(text: str) -> dict[tuple[str, int], int]:
    counted: dict[str, int] = {}
    lines = {}
    for number, line in enumerate(text.splitlines(), start=1):
        heading = _HEADING.match(line)
        if heading:
            name = heading.group(1)
            lines[name, counted.get(name, 0)] = number
            counted[name] = counted.get(name, 0) + 1
    return lines


def _line_of_key(name: str, text: str) -> int:
    found = re.search(rf"^{re.escape(name)}\s*=", text, re.MULTILINE)
    return text[: found.start()].count("\n") + 1 if found else 1


def _line_in(message: str, text: str) -> int:
    """The line that the parser names; "at end of document" is the last one."""
    found = re.search(r"line (\d+)", message)
    return int(found.group(1)) if found else max(len(text.splitlines()), 1)
