"""Forms that officers issue (mẫu văn bản): dated rows with their articles, and the words of each, filled from a case.

The row in force on the day of issue counts. The words are a lawyer's: plain paragraphs with ``{names}`` of a closed
list, no program. What a paragraph names and the case does not know leaves the paragraph out; nothing is ever guessed.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from contracts.errors import Refused
from contracts.law.catalogue import official
from contracts.law.checks import refuse_articles, refuse_gaps
from contracts.law.rows import Dated, Document
from contracts.law.settings import LawSettings
from contracts.law.settled import settled
from contracts.law.source import DATA_FOLDER, Entry, Row, broken, read_tables, rows_of
from contracts.vocabulary import DocumentForm

WordingId = Annotated[str, Field(max_length=60, pattern=r"^[a-z]+(_[a-z0-9]+)*$")]

Value = str | Sequence[str] | None
"""What a name stands for: a text, several texts, or nothing known."""

NAMES: Final[Mapping[str, str]] = {
    "accepted_on": "ngày thụ lý",
    "act_number": "số văn bản của việc đã làm (chuyển đơn)",
    "act_on": "ngày làm việc đó (thụ lý, chuyển đơn)",
    "answer_by": "ngày cuối để bổ sung, hoặc để trả lời người gửi đơn",
    "body": "cơ quan ban hành, như UBND xã Kim Liên",
    "citations": "căn cứ pháp luật, mỗi căn cứ một đoạn",
    "code": "mã hồ sơ",
    "elements": "các văn bản chứng minh căn cứ từ chối tiếp",
    "extension_number": "gia hạn lần thứ mấy",
    "field": "lĩnh vực",
    "from_on": "sổ: từ ngày",
    "ground": "căn cứ không thụ lý, từ chối tiếp",
    "has_sealed_rows": "điều kiện: sổ có lượt tiếp người tố cáo",
    "instance": "lần đầu, lần hai",
    "is_sealed": "điều kiện: đơn có danh tính phải giữ bí mật",
    "items": "tài liệu đã nhận",
    "kind": "loại đơn",
    "moment": "giờ, ngày nhận đơn",
    "no_items": "điều kiện: không nhận tài liệu nào",
    "officer": "người tiếp công dân, hoặc chỗ để ghi",
    "person": "người gửi đơn với địa chỉ, chỗ để ghi, hoặc mã hồ sơ khi phải giữ bí mật",
    "person_short": "ông (bà) với họ tên, hoặc cách gọi không lộ danh tính",
    "person_short_upper": "như trên, viết hoa đầu câu",
    "post": "chức vụ người ký",
    "received_at_body": "cơ quan đã nhận đơn",
    "received_on": "ngày nhận đơn",
    "request_count": "số yêu cầu của đơn",
    "respondent": "cơ quan có quyết định, hành vi bị khiếu nại",
    "row_count": "sổ: số lượt",
    "settle_by": "ngày cuối của thời hạn giải quyết",
    "settle_limit": "thời hạn giải quyết bằng số ngày",
    "settling_post": "người có thẩm quyền giải quyết",
    "tests": "các tiêu chí phức tạp",
    "to_body": "cơ quan được hướng dẫn đến, được chuyển đến",
    "to_post": "người đứng đầu cơ quan đó",
    "to_on": "sổ: đến ngày",
    "why": "lý do, theo quy tắc xử lý đơn",
}
"""Every name that the words may use, with what it stands for. An unknown name is refused when the table is read."""

SEVERAL: Final = frozenset({"citations", "elements", "items", "tests"})
"""Names that stand for several texts: a paragraph is repeated for one of them, so it may have no second."""
CONDITIONS: Final = frozenset({"has_sealed_rows", "is_sealed", "no_items"})
"""Names that stand for no text: only ``{?name}`` may be written."""

TO_FILL_IN: Final = "…" * 20
"""Where a name is written by hand."""

_NAME: Final = re.compile(r"\{(\??)([^{}]*)\}")
_ITEM: Final = "- "
_MONTHS_WITH_ZERO: Final = 2


class FormRow(Dated):
    """A form as it stood in one period."""

    id: DocumentForm
    title: str
    """The kind of document, as it stands in its heading: Thông báo, Phiếu chuyển đơn."""
    number: str = ""
    """The number of the form, for the corner of the page; empty where the law knows none."""
    wording: WordingId


class Wording(Row):
    """The words of a form."""

    id: WordingId
    subject: str = ""
    addressed: str = ""
    body: str
    signatures: Annotated[tuple[str, ...], Field(min_length=1, max_length=2)]
    recipients: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    """Books only: the headings of their columns."""

    @property
    def said(self) -> tuple[str, ...]:
        """Every text of it in which names may stand."""
        return (self.subject, self.addressed, self.body, *self.signatures, *self.recipients)


class Paragraph(BaseModel):
    """One paragraph of a filled form."""

    model_config = ConfigDict(frozen=True)

    text: str
    is_item: bool = False


class Filled(BaseModel):
    """A form with everything that is known filled in: what is set as PDF and as DOCX, word for word the same."""

    model_config = ConfigDict(frozen=True)

    form: DocumentForm
    title: str
    number: str
    """The number of the form, not of the document."""
    subject: str
    addressed: str
    paragraphs: tuple[Paragraph, ...]
    signatures: tuple[str, ...]
    recipients: tuple[str, ...]
    columns: tuple[str, ...] = ()


class Forms:
    """All forms at all times. A value."""

    def __init__(self, rows: Iterable[FormRow], wordings: Iterable[Wording]) -> None:
        self._rows: dict[DocumentForm, list[FormRow]] = {}
        for row in rows:
            self._rows.setdefault(row.id, []).append(row)
        self._wordings = {wording.id: wording for wording in wordings}

    @property
    def ids(self) -> tuple[DocumentForm, ...]:
        return tuple(self._rows)

    def rows_of(self, form_id: DocumentForm) -> tuple[FormRow, ...]:
        """Every row of a form, the earliest first."""
        return tuple(sorted(self._rows.get(form_id, ()), key=lambda row: row.in_force_from))

    def form(self, form_id: DocumentForm, on: date) -> FormRow:
        """The form as it stood on that day. Errors: Refused("no_form_then")."""
        row = next((row for row in self._rows.get(form_id, ()) if row.is_in_force(on)), None)
        if row is None:
            raise Refused(
                "no_form_then", f"Hệ thống không có mẫu “{form_id.label}” dùng vào ngày {on:%d/%m/%Y}.", form=form_id
            )
        return row

    def wording_of(self, row: FormRow) -> Wording:
        return self._wordings[row.wording]

    def filled(self, row: FormRow, values: Mapping[str, Value]) -> Filled:
        """The words of the form with the values; a paragraph that names what is not known is left out."""
        words = self._wordings[row.wording]
        return Filled(
            form=row.id,
            title=row.title,
            number=row.number,
            subject=" ".join(_texts(words.subject, values)),
            addressed=" ".join(_texts(words.addressed, values)),
            paragraphs=tuple(_paragraphs(words.body, values)),
            signatures=tuple(text for one in words.signatures for text in _texts(one, values)),
            recipients=tuple(text for one in words.recipients for text in _texts(one, values)),
            columns=words.columns,
        )

    @classmethod
    def load(cls, documents: Iterable[Document], settings: LawSettings, folder: Path = DATA_FOLDER) -> "Forms":
        """The table of a folder, checked. Errors: BadInput("law_data_broken") with file, line and reason."""
        known = {document.key: document for document in documents}
        tables = read_tables(folder / "forms.toml", {"form": FormRow, "wording": Wording})
        rows = [settled(entry, settings, known) for entry in rows_of(tables["form"], FormRow)]
        wordings = rows_of(tables["wording"], Wording)
        _refuse_strange_names(wordings)
        _refuse_loose_wordings(rows, wordings)
        _refuse_missing_forms(rows)
        refuse_gaps(rows, [entry.row.id for entry in rows])
        for entry in rows:
            refuse_articles(entry, entry.row.articles, known)
        return cls([entry.row for entry in rows], [entry.row for entry in wordings])


def naming(
    code: str, *, is_sealed: bool, full_name: str | None, address: str | None = None, others: int = 0
) -> dict[str, Value]:
    """How a document calls the petitioner: by name, by a gap to fill in by hand, or, where identity is sealed, neither.

    ``others``: how many more signed the petition.
    """
    if is_sealed:
        return {
            "person": f"người gửi đơn có mã hồ sơ {code}",
            "person_short": "người gửi đơn",
            "person_short_upper": "Người gửi đơn",
        }
    at = f", {address}" if full_name and address else ""
    named = f"ông (bà) {full_name}" if full_name else f"ông (bà) {TO_FILL_IN}, địa chỉ {TO_FILL_IN}"
    group = f" (và {others} người cùng đứng đơn)" if others > 0 else ""
    short = f"ông (bà) {full_name}" if full_name else "ông (bà)"
    return {"person": f"{named}{at}{group}", "person_short": short, "person_short_upper": f"Ô{short[1:]}"}


def day_text(day: date) -> str:
    """``07/9/2026``: two digits for days to 9 and months to 2 (30/2020/NĐ-CP, annex I, II.4.b)."""
    month = f"{day.month:02d}" if day.month <= _MONTHS_WITH_ZERO else str(day.month)
    return f"{day.day:02d}/{month}/{day.year}"


@cache
def official_forms() -> Forms:
    """The forms of this installation's tables with the default settings. Read once; rows are values."""
    catalogue = official()
    return Forms.load(catalogue.documents, catalogue.settings)


def _paragraphs(body: str, values: Mapping[str, Value]) -> Iterable[Paragraph]:
    for block in re.split(r"\n\s*\n", body.strip()):
        words = " ".join(line.strip() for line in block.splitlines())
        is_item = words.startswith(_ITEM)
        for text in _texts(words.removeprefix(_ITEM), values):
            yield Paragraph(text=text, is_item=is_item)


def _texts(words: str, values: Mapping[str, Value]) -> list[str]:
    """The words with their names filled in: once, once for each of several values, or not at all."""
    if not words:
        return []
    names = [name for _, name in _NAME.findall(words)]
    if any(values.get(name) is None for name in names):
        return []
    several = next((name for name in names if not isinstance(values[name], str)), None)
    if several is None:
        return [_one(words, values)]
    return [_one(words, {**values, several: value}) for value in values[several] or ()]


def _one(words: str, values: Mapping[str, Value]) -> str:
    return _NAME.sub(lambda found: "" if found[1] else str(values[found[2]]), words)


def _refuse_strange_names(wordings: Sequence[Entry[Wording]]) -> None:
    for entry in wordings:
        for text in entry.row.said:
            strange = [name for _, name in _NAME.findall(text) if name not in NAMES]
            if strange:
                raise entry.broken(f"tên lạ “{{{strange[0]}}}”; các tên được dùng: {', '.join(NAMES)}")
            if {"{", "}"} & set(_NAME.sub("", text)):
                raise entry.broken("có ngoặc { } không thành cặp")
            _refuse_wrong_use(entry, text)


def _refuse_wrong_use(entry: Entry[Wording], text: str) -> None:
    """Conditions are asked and never printed, texts are printed and never asked; one list a paragraph."""
    for mark, name in _NAME.findall(text):
        if bool(mark) is not (name in CONDITIONS):
            raise entry.broken(
                f"“{name}”: " + ("chỉ viết {?" + name + "}" if name in CONDITIONS else "không viết với dấu ?")
            )
    for block in re.split(r"\n\s*\n", text):
        lists = [name for _, name in _NAME.findall(block) if name in SEVERAL]
        if len(lists) > 1:
            raise entry.broken(f"một đoạn có hai danh sách: {', '.join(lists)}")


def _refuse_loose_wordings(rows: Sequence[Entry[FormRow]], wordings: Sequence[Entry[Wording]]) -> None:
    """Every form has its words, every wording its form, and no wording stands twice."""
    seen: set[str] = set()
    for entry in wordings:
        if entry.row.id in seen:
            raise entry.broken(f"lời văn {entry.row.id} có hai lần")
        seen.add(entry.row.id)
    for form in rows:
        if form.row.wording not in seen:
            raise form.broken(f"không có lời văn {form.row.wording}")
    used = {form.row.wording for form in rows}
    for entry in wordings:
        if entry.row.id not in used:
            raise entry.broken(f"lời văn {entry.row.id} không mẫu nào dùng")


def _refuse_missing_forms(rows: Sequence[Entry[FormRow]]) -> None:
    """Every form that a service may ask for stands in the table."""
    missing = sorted(set(DocumentForm) - {entry.row.id for entry in rows})
    if missing:
        raise broken("forms.toml", 1, f"thiếu mẫu {missing[0]}: {DocumentForm(missing[0]).label}")
