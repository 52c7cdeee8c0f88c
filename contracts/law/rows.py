"""The rows of the law's tables: what a clock, a rule, a document and a regime are made of."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from contracts.errors import Refused
from contracts.facts.routing import ClockId, RuleId
from contracts.law.source import Row
from contracts.vocabulary import Labelled, Outcome

Confidence = Literal["C", "K", "U"]
"""Confirmed in a source that was read, known from memory, unsure."""

Amount = Annotated[int, Field(gt=0)]


class Unit(Labelled):
    WORKING_DAYS = "working_days", "ngày làm việc"
    CALENDAR_DAYS = "calendar_days", "ngày"
    MONTHS = "months", "tháng"
    YEARS = "years", "năm"


class Variant(Labelled):
    """Circumstances in which the law gives another amount."""

    ORDINARY = "ordinary", "thông thường"
    REMOTE = "remote", "vùng sâu, vùng xa đi lại khó khăn"
    SEVERAL_PLACES = "several_places", "phải xác minh tại nhiều địa điểm hoặc ủy quyền xác minh"


class Actor(Labelled):
    RECEIVER = "receiver", "người tiếp công dân"
    PETITION_OFFICER = "petition_officer", "người xử lý đơn"
    BODY = "body", "cơ quan nhận đơn"
    SETTLER = "settler", "người giải quyết"
    SUPERIOR = "superior", "cấp trên trực tiếp"
    CITIZEN = "citizen", "người gửi đơn"


class Start(Labelled):
    """The event that starts a clock; its day is not counted."""

    RECEIVED_AT_RECEPTION = "received_at_reception", "tiếp nhận tại nơi tiếp công dân"
    RECEIVED = "received", "nhận đơn"
    ACCEPTED = "accepted", "thụ lý"
    SETTLED = "settled", "ban hành quyết định, kết luận"
    DECISION_ISSUED = "decision_issued", "ban hành quyết định"
    DECISION_KNOWN = "decision_known", "nhận hoặc biết được quyết định, hành vi"
    DECISION_RECEIVED_OR_OVERDUE = "decision_received_or_overdue", "nhận quyết định, hoặc hết hạn mà không giải quyết"
    GROUNDS_COMPLETE = "grounds_complete", "đủ căn cứ từ chối"
    SESSION_DAY = "session_day", "ngày tiếp công dân"
    SHELVED = "shelved", "lưu đơn"


class Act(Labelled):
    """The act that ends a clock."""

    ANSWERED = "answered", "trả lời"
    HANDLED = "handled", "xử lý đơn"
    ACCEPTED_OR_DECLINED = "accepted_or_declined", "thụ lý hoặc không thụ lý"
    TRANSFERRED = "transferred", "chuyển đơn"
    ACCEPTANCE_TOLD = "acceptance_told", "thông báo việc thụ lý"
    SETTLED = "settled", "giải quyết"
    RESULT_SENT = "result_sent", "gửi kết quả"
    PUBLISHED = "published", "công khai, niêm yết"
    ACTED_ON = "acted_on", "xử lý theo kết luận"
    SENDER_TOLD = "sender_told", "báo cơ quan chuyển đơn"
    NOTICE_SENT = "notice_sent", "gửi thông báo"
    TESTED = "tested", "kết nối thử thành công"
    LODGED = "lodged", "nộp đơn"
    DESTROYED_OR_KEPT = "destroyed_or_kept", "quyết định hủy hoặc lưu tiếp"
    NONE = "none", "không cần hành vi nào"


class Dated(Row):
    """A row that is in force from a day, up to a day or open-ended."""

    in_force_from: date
    in_force_to: date | None = None
    articles: Annotated[tuple[str, ...], Field(min_length=1)]
    confidence: Confidence
    question: str = ""

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.in_force_to is not None and self.in_force_to < self.in_force_from:
            raise ValueError("in_force_to đứng trước in_force_from")
        if self.confidence == "U" and not self.question:
            raise ValueError("confidence = U phải có question")
        return self

    def is_in_force(self, on: date) -> bool:
        return self.in_force_from <= on and (self.in_force_to is None or on <= self.in_force_to)


class Alarm(Row):
    """A second count of the same clock: its end, when earlier, sounds the alarm."""

    amount: Amount
    unit: Unit


class Extension(Row):
    """One lengthening of a clock. Amounts are totals from the clock's start, not additions."""

    amount: Amount
    variants: Mapping[Variant, Amount] = {}
    tests_at_least: Amount
    articles: Annotated[tuple[str, ...], Field(min_length=1)]


class ClockRow(Dated):
    """A statutory time limit, as it stood in one period."""

    id: ClockId
    title: str
    actor: Actor
    start: Start
    fulfilled_by: Act
    amount: Amount
    unit: Unit
    direction: Literal["after", "before"] = "after"
    variants: Mapping[Variant, Amount] = {}
    extension: tuple[Extension, ...] = ()
    alarm_also: Alarm | None = None
    is_suspendable: bool = False
    is_red_line: bool = False

    @model_validator(mode="after")
    def _lengthens(self) -> Self:
        """Extensions only lengthen, and only clocks in calendar days can be suspended: the law has no other."""
        for variant in (Variant.ORDINARY, *self.variants):
            totals = [self.amount_for(variant, number) for number in range(len(self.extension) + 1)]
            if totals != sorted(set(totals)):
                raise ValueError(f"gia hạn phải dài hơn trước ({variant.label}: {totals})")
        if (self.is_suspendable or self.extension) and self.unit is not Unit.CALENDAR_DAYS:
            raise ValueError("chỉ thời hạn tính theo ngày mới được gia hạn hoặc tạm dừng")
        return self

    def amount_for(self, variant: Variant, extensions: int = 0) -> int:
        """The total in ``unit``; a variant that the law does not know for this clock counts as ordinary.

        Errors: Refused("no_more_extensions") beyond what the law allows.
        """
        if extensions == 0:
            return self.variants.get(variant, self.amount)
        step = self.extension_number(extensions)
        return step.variants.get(variant, step.amount)

    def extension_number(self, number: int) -> Extension:
        """The extension with that number, from 1. Errors: Refused("no_more_extensions")."""
        if number > len(self.extension):
            raise Refused("no_more_extensions", f"{self.title}: pháp luật không cho gia hạn thêm.", clock=self.id)
        return self.extension[number - 1]


class RuleRow(Dated):
    """A rule of routing, as it stood in one period."""

    id: RuleId
    title: str
    action: str
    outcome: Outcome
    """What the rule leads to as a rule; the matrix may name another outcome of the same rule."""


class Document(Row):
    """A legal text that articles refer to."""

    key: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]*$")]
    title: str
    number: str
    in_force_from: date
    in_force_to: date | None = None


class Regime(Row):
    """A period of the law as a whole, for people to read; rows carry their own dates."""

    id: str
    title: str
    in_force_from: date = date.min
    in_force_to: date = date.max
