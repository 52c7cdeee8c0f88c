"""What a step changed in a case, told one by one; a field that a case gets later is told without more work."""

from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache
from typing import Any, Final

from pydantic import BaseModel

from contracts.facts.routing import ClockReading
from contracts.ids import UnitId
from contracts.law.source import Row
from contracts.vocabulary import Labelled
from services.routing.domain.case import Case
from services.routing.domain.deadlines import CaseClock, ClockState
from services.routing.domain.law import Law

_TOLD_OTHERWISE: Final = frozenset(
    {
        "case_id",
        "public_id",
        "filed",
        "opened_at",
        "clocks",
        "articles",
        "next_timer_on",
        "due_on",
        "listed_under",
        "is_bypass_level",
        "is_large_group",
        "routed_for",
        "told",
        "kept_clocks",
        "counts_from",
        "petition_count",
    }
)
"""Names, sums of other fields, evidence of what was told, and what is told clock by clock."""

_TOLD: Final = tuple(name for name in Case.model_fields if name not in _TOLD_OTHERWISE)

_LABELS: Final = {
    "status": "Trạng thái",
    "held_by": "Đơn vị đang giữ",
    "competent_authority": "Cơ quan có thẩm quyền",
    "outcome": "Hướng xử lý",
    "rule": "Quy tắc",
    "guided_to": "Hướng dẫn đến",
    "transferred_from": "Chuyển từ",
    "escalated_to": "Báo cáo lên",
    "escalated_for": "Lý do báo cáo",
    "withdrawn": "Rút đơn",
    "withdrawn_requests": "Các yêu cầu đã rút",
    "missing": "Phần còn thiếu",
    "asked_on": "Ngày yêu cầu bổ sung",
    "supplemented_on": "Ngày nhận bổ sung",
    "is_settled_below": "Cấp dưới đã giải quyết",
    "papers": "Văn bản",
    "refusals": "Từ chối tiếp công dân",
    "answer_by": "Hạn bổ sung",
    "accepted_on": "Ngày thụ lý",
    "settled_on": "Ngày giải quyết",
    "closed_on": "Ngày kết thúc",
    "request_count": "Số yêu cầu trong đơn",
    "tasks": "Việc gấp",
    "answers": "Trả lời từng yêu cầu",
    "legal_grounds": "Căn cứ pháp luật",
    "decision_received_on": "Ngày nhận quyết định",
    "effective_on": "Ngày có hiệu lực",
    "report_by": "Hạn báo cáo",
    "report_to": "Báo cáo cho",
    "urged": "Đã yêu cầu",
    "instructed": "Giao việc cho",
    "result_by": "Hạn gửi kết quả",
    "dialogue_on": "Ngày đối thoại",
    "dialogue_held_on": "Đã đối thoại ngày",
    "linked_to": "Gắn với",
    "noted": "Ghi nhận thêm",
    "rather_competent": "Có thể thuộc thẩm quyền",
    "handovers": "Bàn giao do đơn vị kết thúc hoạt động",
}
_UNITS: Final = frozenset(
    {
        "held_by",
        "competent_authority",
        "guided_to",
        "transferred_from",
        "escalated_to",
        "report_to",
        "urged",
        "instructed",
        "rather_competent",
    }
)


class Change(Row):
    """One thing that is otherwise than before."""

    what: str
    """A field of the case, or ``clock``."""
    clock: str = ""
    before: str = ""
    """For machines: the earlier value; empty when there was none."""
    after: str = ""
    sentence: str


def changes(before: Case | None, after: Case, law: Law) -> tuple[Change, ...]:
    """What is otherwise in ``after``. Without ``before``: what a new case begins with."""
    return (*_fields(before, after, law), *_clocks(before.clocks if before else (), after.clocks, law))


def _fields(before: Case | None, after: Case, law: Law) -> Iterator[Change]:
    for name in _TOLD:
        new = getattr(after, name)
        old = getattr(before, name) if before else None
        if old is new or old == new or (before is None and not new):
            continue
        shown = _shown(name, _news(old, new), law)
        sentence = f"{_LABELS.get(name, name)}: {shown or 'không còn'}"
        yield _change(name, _code(old), _code(new), sentence)


@lru_cache(maxsize=4096)
def _change(what: str, before: str, after: str, sentence: str, clock: str = "") -> Change:
    """The same change, told once: most cases begin alike."""
    return Change(what=what, clock=clock, before=before, after=after, sentence=sentence)


def _clocks(before: Iterable[CaseClock], after: Iterable[CaseClock], law: Law) -> Iterator[Change]:
    old = {(clock.id, clock.event_on): clock for clock in before}
    for clock in after:
        earlier = old.get((clock.id, clock.event_on))
        if earlier == clock:
            continue
        for after_code, sentence in _steps(earlier, clock):
            title = law.catalogue.clock(clock.id, clock.counted_by).title
            before_code = "" if earlier is None else earlier.reading.rolled_due.isoformat()
            yield _change("clock", before_code, after_code, f"{clock.id} ({title}): {sentence}", clock.id)


def _steps(earlier: CaseClock | None, clock: CaseClock) -> Iterator[tuple[str, str]]:
    read = clock.reading
    if earlier is None or (earlier.reading != read and clock.state is not ClockState.ENDED):
        begun = "bắt đầu tính" if earlier is None else "tính lại"
        yield read.rolled_due.isoformat(), f"{begun}, hạn {_days(read)}"
    if earlier is not None and clock.state is not earlier.state and clock.state is not ClockState.RUNNING:
        yield clock.state.value, clock.state.label
    if clock.warned_percent > (earlier.warned_percent if earlier else 0):
        yield f"warned_{clock.warned_percent}", f"đã dùng {clock.warned_percent}% thời gian"
    if clock.is_red and not (earlier and earlier.is_red):
        yield "red_line", "chạm lằn ranh đỏ"
    if clock.is_missed and not (earlier and earlier.is_missed):
        yield "missed", "quá hạn"


def _days(read: ClockReading) -> str:
    rolled = f"{read.rolled_due:%d/%m/%Y}"
    return rolled if read.rolled_due == read.raw_due else f"{rolled} (đếm đủ ngày {read.raw_due:%d/%m/%Y})"


def _news(old: Any, new: Any) -> Any:
    """Of a list that grew, what came."""
    if isinstance(new, tuple) and isinstance(old, tuple):
        return tuple(one for one in new if one not in old) or new
    return new


def _shown(name: str, value: Any, law: Law) -> str:
    """For people: labels, names of units, days; of a part its own parts in a row."""
    if isinstance(value, tuple):
        return ", ".join(_shown(name, one, law) for one in value)
    if isinstance(value, BaseModel):
        return " ".join(filter(None, (_shown("", getattr(value, part), law) for part in type(value).model_fields)))
    if isinstance(value, Labelled):
        return value.label
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if name in _UNITS and value:
        unit_id: UnitId = value
        return law.units.name_of(unit_id)
    return "" if isinstance(value, bool) else _code(value)


def _code(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple):
        return ",".join(map(_code, value))
    if isinstance(value, BaseModel):
        return value.model_dump_json(exclude_none=True)
    return str(value)
