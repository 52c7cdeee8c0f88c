"""The text of ``docs/law.md``: rules, clocks, settings and calendar for a lawyer, each with its tests."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Final

from contracts.law.authorities import official_authorities
from contracts.law.calendar import OFFICIAL_THROUGH, STATE, WorkingDays
from contracts.law.catalogue import Catalogue
from contracts.law.rows import ClockRow, Dated, Transition, Variant
from contracts.law.settings import LawSettings, SettingRow
from contracts.law.source import Row, read_tables, rows_of
from contracts.law.statistics import official_forms
from contracts.units import organisation
from deploy.law.evidence import Evidence, Proof
from deploy.law.forms_chapter import forms_chapter

ROOT: Final = Path(__file__).parents[2]
_TESTS: Final = ("routing", "contracts", "sessions", "journeys", "intake")
_DATA: Final = "contracts/law/data"
_SATURDAY: Final = 5
_TWO_YEARS_DAYS: Final = 731
_INTRODUCTION: Final = Path(__file__).parent / "introduction.md"


class CaseRow(Row):
    """A worked case with its dates."""

    id: str
    confidence: str
    title: str


def book(catalogue: Catalogue, evidence: Evidence | None = None) -> str:
    """The whole document. The same tables and tests give the same text."""
    evidence = evidence or evidence_of(ROOT)
    parts = [
        _INTRODUCTION.read_text(encoding="utf-8").strip(),
        _rules(catalogue, evidence),
        _clocks(catalogue, evidence),
        _competence(catalogue),
        forms_chapter(catalogue, table=_table, period=_period, articles=_articles, confidence=_confidence),
        _settings(catalogue.settings),
        _forms(),
        _periods(catalogue),
        _calendar(catalogue.settings),
        _cases(evidence),
    ]
    return "\n\n".join(parts) + "\n"


def evidence_of(root: Path) -> Evidence:
    """The tests in which cases, rules and clocks are proved."""
    files = (file for folder in _TESTS for file in sorted((root / "tests" / folder).rglob("test_*.py")))
    return Evidence(root, files)


def _rules(catalogue: Catalogue, evidence: Evidence) -> str:
    clock_ids = catalogue.clock_ids
    rows = [
        [
            row.id if row is rows_of_id[0] else "",
            f"**{row.title}**<br>{row.action}",
            row.outcome.label,
            _period(row),
            _articles(row, catalogue),
            _confidence(row),
            _tests(evidence.of_rule(row.id, clock_ids)) if row is rows_of_id[0] else "",
        ]
        for rule_id in catalogue.rule_ids
        for rows_of_id in [catalogue.rows_of_rule(rule_id)]
        for row in rows_of_id
    ]
    head = ["Quy tắc", "Khi nào, làm gì", "Kết quả", "Hiệu lực", "Căn cứ", "Độ tin cậy, câu hỏi", "Kiểm thử"]
    return f"## Quy tắc xử lý đơn / Rules\n\nBảng: `{_DATA}/rules.toml`.\n\n{_table(head, rows)}"


def _clocks(catalogue: Catalogue, evidence: Evidence) -> str:
    rows = [
        [
            row.id if row is rows_of_id[0] else "",
            f"**{row.title}**<br>{row.actor.label}",
            _limit(row),
            f"{row.start.label} → {row.fulfilled_by.label}",
            _period(row),
            _articles(row, catalogue),
            _confidence(row),
            _tests(evidence.of_clock(row.id)) if row is rows_of_id[0] else "",
        ]
        for clock_id in catalogue.clock_ids
        for rows_of_id in [catalogue.rows_of_clock(clock_id)]
        for row in rows_of_id
    ]
    head = [
        *("Thời hạn", "Việc, người làm", "Số lượng", "Từ → đến", "Hiệu lực"),
        *("Căn cứ", "Độ tin cậy, câu hỏi", "Kiểm thử"),
    ]
    return (
        f"## Thời hạn / Clocks\n\nBảng: `{_DATA}/clocks.toml`. Mọi thời hạn còn được kiểm bằng cách đếm từng ngày, với"
        " ngày ngẫu nhiên trong mười năm: [test_law_counting.py](../tests/contracts/test_law_counting.py).\n\n"
        + _table(head, rows)
    )


def _limit(row: ClockRow) -> str:
    lines = [f"**{row.limit}**" + (f" (công tắc `{row.amount_setting}`)" if row.amount_setting else "")]
    lines += [f"{variant.label}: {row.said(amount)}" for variant, amount in row.variants.items()]
    for number, step in enumerate(row.extension, start=1):
        longer = [f"{row.said(step.amount)}", *(f"{Variant(v).label} {row.said(n)}" for v, n in step.variants.items())]
        lines.append(f"gia hạn lần {number}: tổng {'; '.join(longer)}; từ {step.tests_at_least} tiêu chí phức tạp")
    if row.alarm_also:
        lines.append(f"báo động theo mốc đến trước với {row.alarm_also.amount} {row.alarm_also.unit.label}")
    if row.suspended_under:
        lines.append(f"đứng lại khi tạm đình chỉ ({row.suspended_under})")
    if row.excludes_obstacles:
        lines.append("trừ thời gian có trở ngại khách quan")
    if row.is_red_line:
        lines.append("lằn ranh đỏ")
    return "<br>".join(lines)


def _competence(catalogue: Catalogue) -> str:
    table, name_of = official_authorities(), organisation().name_of
    fields = [
        [
            row.field.label,
            name_of(row.ministry),
            name_of(row.department) if row.department else "",
            _period(row),
            _articles(row, catalogue),
            _confidence(row),
        ]
        for row in table.fields
    ]
    desks = [
        [
            row.matter.label,
            "; ".join([*(["xã nơi phát sinh"] if row.is_where_it_arose else []), *map(name_of, row.units)]),
            _period(row),
            _articles(row, catalogue),
            _confidence(row),
        ]
        for row in table.desks
    ]
    tail = ["Hiệu lực", "Căn cứ", "Độ tin cậy, câu hỏi"]
    return (
        f"## Thẩm quyền theo lĩnh vực, nội dung / Competence\n\nBảng: `{_DATA}/competence.toml`; đơn vị:"
        " `contracts/units/data/`.\n\n"
        + _table(["Lĩnh vực", "Bộ", "Cơ quan cấp tỉnh", *tail], fields)
        + "\n\nNội dung ngoài hành chính: nơi đầu tiên còn hoạt động và không liên quan đến người bị tố cáo.\n\n"
        + _table(["Nội dung", "Nơi nhận, theo thứ tự", *tail], desks)
    )


def _settings(settings: LawSettings) -> str:
    rows = [
        [
            f"`{row.id}`",
            f"**{row.title}**<br>{row.effect}",
            f"`{_value(row.default)}`",
            _allowed(row),
            row.question + (f"<br>Đã trả lời: {row.answered_by}" if row.answered_by else ""),
            row.source,
            "<br>".join(_readers(row.id)) or "chưa nơi nào dùng",
        ]
        for row in settings.rows.values()
    ]
    asked = [[one.question, one.effect, one.source] for one in settings.questions]
    head = [
        "Công tắc",
        "Quyết định điều gì",
        "Mặc định",
        "Giá trị cho phép",
        "Câu hỏi",
        "Nguồn của nghi vấn",
        "Nơi dùng",
    ]
    return (
        f"## Công tắc và câu hỏi / Settings\n\nBảng: `{_DATA}/settings.toml`. Nơi cài đặt chọn khác mặc định bằng"
        " `TCD_LAW_SETTINGS='{\"culture_day\": false}'`; tên lạ hoặc giá trị không cho phép thì không khởi động.\n\n"
        f"{_table(head, rows)}\n\n### Câu hỏi chưa có giá trị nào trả lời được / Open questions\n\n"
        + _table(["Câu hỏi", "Trong khi chờ, hệ thống", "Nguồn"], asked)
    )


def _forms() -> str:
    rows = [
        [
            f"**{form.number}**",
            form.title,
            str(len(form.columns)),
            "<br>".join(column.rule for column in form.columns if column.rule),
            "<br>".join(
                f"{column.number} {column.heading}: {column.note}" for column in form.columns if not column.count
            ),
            f"{form.confidence}<br>{form.question}" if form.question else form.confidence,
        ]
        for form in official_forms().values()
    ]
    head = ["Biểu", "Tên", "Số cột", "Cột là tổng", "Cột để trống", "Độ tin cậy, câu hỏi"]
    return f"## Biểu thống kê / Statistical forms\n\nBảng: `{_DATA}/statistics.toml`.\n\n{_table(head, rows)}"


def _readers(name: str) -> Iterator[str]:
    """Tables and modules in which the setting is named."""
    for path, text in _sources():
        if f'"{name}"' in text or f'"@{name}"' in text:
            yield f"`{path}`"


@cache
def _sources() -> tuple[tuple[str, str], ...]:
    paths = sorted(path for folder in ("contracts", "services") for path in (ROOT / folder).rglob("*"))
    return tuple(
        (path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
        for path in paths
        if path.suffix in {".py", ".toml"} and path.name != "settings.toml"
    )


def _allowed(row: SettingRow) -> str:
    if row.allowed:
        return "<br>".join(f"`{value}`: {meaning}" for value, meaning in row.allowed.items())
    if row.kind == "number":
        return f"{row.at_least}–{row.at_most} ({row.unit})"
    return {"yes_no": "`true`, `false`", "units": "danh sách mã đơn vị"}.get(
        row.kind, "điều luật có trong documents.toml"
    )


def _value(value: object) -> str:
    return {True: "true", False: "false"}.get(value, "") if isinstance(value, bool) else str(value)


def _periods(catalogue: Catalogue) -> str:
    regimes = [[one.id, one.title, _since(one.in_force_from), _until(one.in_force_to)] for one in catalogue.regimes]
    documents = [
        [one.key, one.title, one.number, _since(one.in_force_from), _until(one.in_force_to)]
        for one in catalogue.documents
    ]
    return "\n\n".join(
        [
            f"## Thời kỳ, chuyển tiếp, văn bản / Periods\n\nBảng: `{_DATA}/documents.toml`.",
            _table(["Thời kỳ", "Tên", "Từ", "Đến"], regimes),
            "Sự kiện xảy ra ngày nào thì theo luật của ngày đó (giờ Việt Nam), trừ các quy định chuyển tiếp sau:",
            _table(
                ["Chuyển tiếp", "Theo luật mới", "Giữ nguyên", "Căn cứ"],
                [_transition(one, catalogue) for one in catalogue.transitions],
            ),
            _table(["Ký hiệu", "Văn bản", "Số", "Từ", "Đến"], documents),
        ]
    )


def _transition(row: Transition, catalogue: Catalogue) -> list[str]:
    topics = ", ".join(topic.label for topic in row.topics)
    clocks = f" ({', '.join(row.clocks)})" if row.clocks else ""
    return [row.title, topics + clocks, ", ".join(row.unchanged), "<br>".join(map(catalogue.cite, row.articles))]


def _calendar(settings: LawSettings) -> str:
    """Every day that is not what its weekday says, up to the year after the last official plan."""
    calendar = WorkingDays.official(settings=settings)
    last = settings.number(OFFICIAL_THROUGH) + 1
    days = (date(last - 1, 1, 1) + timedelta(days=number) for number in range(_TWO_YEARS_DAYS))
    rows = [
        [
            f"{told.day:%d/%m/%Y}",
            "làm việc" if told.is_working else "nghỉ",
            told.name,
            "mọi cơ quan nhà nước" if told.scope == STATE else told.scope,
            told.document or ("dự kiến" if told.is_estimate else "lịch cơ sở"),
            told.question,
        ]
        for told in map(calendar.told, days)
        if told.day.year <= last and told.is_working is (told.day.weekday() >= _SATURDAY)
    ]
    head = ["Ngày", "Là", "Tên", "Phạm vi", "Văn bản", "Câu hỏi"]
    return (
        f"## Lịch làm việc / Calendar\n\nBảng: `{_DATA}/calendar.toml`, trên lịch cơ sở là gói `holidays` (Việt Nam)."
        f" Các ngày nghỉ trong tuần và ngày làm bù của năm {last - 1} và {last}:\n\n{_table(head, rows)}"
    )


def _cases(evidence: Evidence) -> str:
    entries = read_tables(Path(__file__).parent / "cases.toml", {"case": CaseRow})["case"]
    rows = [
        [row.id, row.title, row.confidence, _tests(evidence.of_case(row.id))]
        for row in (entry.row for entry in rows_of(entries, CaseRow))
    ]
    head = ["Tình huống", "Nội dung", "Độ tin cậy", "Kiểm thử"]
    return f"## Tình huống mẫu / Worked cases\n\nDanh sách: `deploy/law/cases.toml`.\n\n{_table(head, rows)}"


def _articles(row: Dated, catalogue: Catalogue) -> str:
    return "<br>".join(f"{article}: {catalogue.cite(article)}" for article in row.articles)


def _confidence(row: Dated) -> str:
    return row.confidence + (f": {row.question}" if row.question else "")


def _period(row: Dated) -> str:
    return f"từ {row.in_force_from:%d/%m/%Y}" + (f"<br>đến {row.in_force_to:%d/%m/%Y}" if row.in_force_to else "")


def _since(day: date) -> str:
    return "" if day == date.min else f"{day:%d/%m/%Y}"


def _until(day: date | None) -> str:
    return "" if day in {None, date.max} or day is None else f"{day:%d/%m/%Y}"


def _tests(tests: Iterable[Proof]) -> str:
    return "<br>".join(f"[{test.title}](../{test.file})" for test in tests) or "—"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
