"""The press: a sheet as PDF/A-2b and as DOCX. The same sheet gives the same bytes."""

import json
import threading
import zipfile
from datetime import UTC, datetime, time
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import typst
from docxtpl import DocxTemplate
from jinja2 import StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from contracts.facts.base import MediaType
from services.chassis.papers.sheet import DOCX, PDF, Sheet

_HERE: Final = Path(__file__).parent
_PDF_STANDARD: Final = "a-2b"
_ZIP_TIME: Final = (1980, 1, 1, 0, 0, 0)
"""The first moment a ZIP archive can name: a document's bytes do not tell when they were packed."""


class Press:
    """Sets sheets. One for a process; safe to use from several threads."""

    def __init__(self) -> None:
        self._compiler = typst.Compiler(
            str(_HERE / "sheet.typ"),
            root=str(_HERE),
            font_paths=[str(_HERE / "fonts")],
            ignore_system_fonts=True,
        )
        self._turn = threading.Lock()

    def set(self, sheet: Sheet, media_type: MediaType) -> bytes:
        """The sheet as a file of that type: PDF or DOCX."""
        return {PDF: self.pdf, DOCX: self.docx}[media_type](sheet)

    def pdf(self, sheet: Sheet) -> bytes:
        """PDF/A-2b: fonts embedded, tagged, dated by the document's own day."""
        return self._compiled(sheet, format="pdf", pdf_standards=[_PDF_STANDARD])[0]

    def pages(self, sheet: Sheet, *, dots_per_inch: int = 80) -> list[bytes]:
        """Each page as a PNG picture, for eyes."""
        return self._compiled(sheet, format="png", ppi=float(dots_per_inch))

    def docx(self, sheet: Sheet) -> bytes:
        """A document for a word processor, to be worked on."""
        template = DocxTemplate(_HERE / ("book.docx" if sheet.is_book else "letter.docx"))
        # Values are data, never templates; & and < are written as such.
        template.render(
            _for_word(sheet),
            SandboxedEnvironment(autoescape=True, undefined=StrictUndefined),
            autoescape=True,
        )
        _sign(template, sheet)
        written = BytesIO()
        template.save(written)
        return _packed_anew(written)

    def _compiled(self, sheet: Sheet, **wanted: Any) -> list[bytes]:
        inputs = {"sheet": json.dumps({**sheet.model_dump(mode="json"), "body_lines": sheet.body_lines})}
        with self._turn:
            made: Any = self._compiler.compile(sys_inputs=inputs, **wanted)
        return made if isinstance(made, list) else [made]


def _for_word(sheet: Sheet) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(sheet.model_dump_json())
    head, form = values["head"], values["filled"]
    day = sheet.head.day
    month = f"{day.month:02d}" if day.month <= 2 else str(day.month)  # noqa: PLR2004 - January and February
    head["dated"] = f"{head['place']}, ngày {day.day:02d} tháng {month} năm {day.year}"
    head["above"], head["body_lines"] = head["above"].upper(), [line.upper() for line in sheet.body_lines]
    form["title"] = form["title"].upper()
    form["signatures"] = [name.upper() for name in form["signatures"]]
    form["column_numbers"] = range(1, len(form["columns"]) + 1)
    return values


def _sign(template: DocxTemplate, sheet: Sheet) -> None:
    """What the file says of itself: no person, no machine, the document's own day."""
    about, midnight = template.docx.core_properties, datetime.combine(sheet.head.day, time(), UTC)
    about.title, about.author, about.last_modified_by = sheet.name, sheet.head.body, sheet.head.body
    about.created = about.modified = midnight.replace(tzinfo=None)
    about.comments, about.revision, about.language = "", 1, "vi-VN"


def _packed_anew(written: BytesIO) -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(written) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(old.namelist(), key=lambda one: (one != "[Content_Types].xml", one)):
            entry = zipfile.ZipInfo(name, _ZIP_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, old.read(name))
    return packed.getvalue()
