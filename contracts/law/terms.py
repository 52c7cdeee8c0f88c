"""The closed lists that the tables of the law are written in: units, variants, actors, what starts and ends a clock."""

from typing import Final, Literal

from contracts.vocabulary import Labelled

Confidence = Literal["C", "K", "U"]
"""Confirmed in a source that was read, known from memory, unsure."""


CLOCK_IDS: Final = (
    *(f"R{number}" for number in range(1, 11)), "RB2", "P1",
    *("X1", "X2"),
    *(f"K{number}" for number in range(1, 16)), "KB8",
    *(f"T{number}" for number in range(1, 14)), "TB7", "TB8", "TB11", "TB13",
    "D1",
)  # fmt: skip
"""The clocks that the services count by: each must stand in the table."""

RULE_IDS: Final = (
    *(f"R{number:02d}" for number in range(1, 23)),
    *("R01a", "R01b", "R01c", "R01d", "R02a", "R07a", "R07b", "R07c", "R22a"),
)
"""The rules that the matrix asks for: each must stand in the table."""


class Unit(Labelled):
    WORKING_DAYS = "working_days", "ngày làm việc"
    CALENDAR_DAYS = "calendar_days", "ngày"
    MONTHS = "months", "tháng"
    YEARS = "years", "năm"
    HOURS = "hours", "giờ"
    AT_ONCE = "at_once", "ngay"
    NOT_COUNTED = "not_counted", "không tính vào thời hạn"


WITHOUT_AMOUNT: Final = frozenset({Unit.AT_ONCE, Unit.NOT_COUNTED})
"""Units that say all themselves: no number of anything."""


class Variant(Labelled):
    """Circumstances in which the law gives another amount."""

    ORDINARY = "ordinary", "thông thường"
    REMOTE = "remote", "vùng sâu, vùng xa đi lại khó khăn"
    SEVERAL_PLACES = "several_places", "phải xác minh tại nhiều địa điểm hoặc ủy quyền xác minh"
    SECOND_INSTANCE = "second_instance", "lần hai"
    SECOND_ON_DISMISSAL = "second_on_dismissal", "lần hai, kỷ luật buộc thôi việc"


class Actor(Labelled):
    RECEIVER = "receiver", "người tiếp công dân"
    PETITION_OFFICER = "petition_officer", "người xử lý đơn"
    BODY = "body", "cơ quan nhận đơn"
    SETTLER = "settler", "người giải quyết"
    SUPERIOR = "superior", "cấp trên trực tiếp"
    CITIZEN = "citizen", "người gửi đơn"
    CIVIL_SERVANT = "civil_servant", "cán bộ, công chức bị kỷ luật"
    CONTROLLER = "controller", "bên kiểm soát dữ liệu cá nhân"

    @property
    def is_private(self) -> bool:
        """True for who acts for himself and not for the state."""
        return self in {Actor.CITIZEN, Actor.CIVIL_SERVANT}


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
    TRANSFER_OF_SETTLED = "transfer_of_settled", "nhận đơn chuyển đến về vụ việc đã giải quyết"
    RESULT_RECEIVED = "result_received", "nhận kết quả của cơ quan giải quyết"
    SESSION_START = "session_start", "giờ bắt đầu phiên"
    SESSION_ENDED = "session_ended", "kết thúc buổi tiếp"
    PUBLISHED = "published", "niêm yết, công khai"
    DIALOGUE_DAY = "dialogue_day", "ngày đối thoại"
    SUSPENDED = "suspended", "quyết định tạm đình chỉ"
    ACTED_ON = "acted_on", "có kết quả xử lý"
    OVERDUE_REPORTED = "overdue_reported", "nhận tố cáo, thông tin về việc quá hạn"
    REPORT_DEMANDED = "report_demanded", "nhận yêu cầu báo cáo"
    NOT_ACCEPTED = "not_accepted", "quyết định không thụ lý"
    PROTECTION_NEEDED = "protection_needed", "có căn cứ cần bảo vệ"
    CRIME_SIGNS = "crime_signs", "có dấu hiệu tội phạm"
    BREACH_FOUND = "breach_found", "phát hiện vi phạm"


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
    PETITIONER_TOLD = "petitioner_told", "báo người gửi đơn"
    CONNECTED = "connected", "mọi điểm cầu nghe, nhìn rõ"
    INVITED = "invited", "mời đối thoại"
    TAKEN_DOWN = "taken_down", "gỡ niêm yết"
    RESUMED = "resumed", "quyết định tiếp tục giải quyết"
    REPORTED = "reported", "báo cáo"
    REPORT_DEMANDED = "report_demanded", "yêu cầu báo cáo"
    PROTECTED = "protected", "áp dụng biện pháp bảo vệ"
    SENT_TO_INVESTIGATORS = "sent_to_investigators", "chuyển cơ quan điều tra, viện kiểm sát"
    SUED = "sued", "khởi kiện vụ án hành chính"
    AUTHORITY_TOLD = "authority_told", "báo cơ quan bảo vệ dữ liệu cá nhân"
    NONE = "none", "không cần hành vi nào"


class Topic(Labelled):
    """What a transition rule moves to the new law for matters that began under the old one."""

    WITHDRAWAL = "withdrawal", "rút đơn"
    SUSPENSION = "suspension", "tạm đình chỉ, đình chỉ, tiếp tục giải quyết"
    DIALOGUE = "dialogue", "đối thoại"
    SETTLEMENT = "settlement", "trình tự giải quyết"
