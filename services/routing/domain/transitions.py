"""The one closed table of what may follow what in the life of a case."""

from collections.abc import Mapping
from typing import Final

from contracts.vocabulary import ClosingGround, Labelled


class Status(Labelled):
    OPEN = "open", "chờ xử lý"
    AWAITING_SUPPLEMENT = "awaiting_supplement", "chờ bổ sung"
    GUIDED = "guided", "đã hướng dẫn"
    TRANSFERRED = "transferred", "đã chuyển đơn"
    DECLINED = "declined", "không thụ lý"
    ACCEPTED = "accepted", "đã thụ lý, đang giải quyết"
    SUSPENDED = "suspended", "tạm đình chỉ"
    SETTLED = "settled", "đã giải quyết"
    CLOSED = "closed", "kết thúc"
    EFFECTIVE = "effective", "quyết định đã có hiệu lực"
    DISCONTINUED = "discontinued", "đã đình chỉ giải quyết"
    LINKED = "linked", "đã gắn với vụ việc trùng"
    URGED = "urged", "đã yêu cầu cấp dưới giải quyết"
    DISPUTED = "disputed", "chờ cấp trên quyết định thẩm quyền"
    REFUSED = "refused", "đã từ chối tiếp công dân"


class Action(Labelled):
    ACCEPT = "accept", "thụ lý"
    GUIDE = "guide", "hướng dẫn"
    SPLIT = "split", "hướng dẫn tách đơn"
    INSPECT = "inspect", "kiểm tra, thanh tra theo nội dung đơn"
    TRANSFER = "transfer", "chuyển đơn"
    TRANSFER_OUT = "transfer_out", "chuyển đơn ra ngoài tỉnh"
    DECLINE = "decline", "không thụ lý"
    REQUEST_SUPPLEMENT = "request_supplement", "yêu cầu bổ sung"
    SUPPLEMENT = "supplement", "nhận bổ sung"
    EXTEND = "extend", "gia hạn"
    SUSPEND = "suspend", "tạm đình chỉ"
    RESUME = "resume", "tiếp tục giải quyết"
    SETTLE = "settle", "giải quyết"
    CONFIRM = "confirm", "xác nhận đã thực hiện"
    ESCALATE = "escalate", "báo cáo cấp trên"
    WITHDRAW = "withdraw", "rút đơn"
    NOTE_WITHDRAWAL = "note_withdrawal", "ghi nhận rút đơn"
    DISCONTINUE = "discontinue", "đình chỉ giải quyết"
    CLOSE = "close", "kết thúc"
    LAPSE = "lapse", "hết hạn bổ sung"
    RECEIVE_DECISION = "receive_decision", "ghi ngày nhận quyết định"
    TAKE_EFFECT = "take_effect", "có hiệu lực pháp luật"
    PLAN_DIALOGUE = "plan_dialogue", "ấn định ngày đối thoại"
    HOLD_DIALOGUE = "hold_dialogue", "đối thoại"
    LINK_DUPLICATE = "link_duplicate", "gắn đơn trùng"
    UNLINK = "unlink", "bỏ gắn đơn trùng"
    LINK_EARLIER = "link_earlier", "gắn với vụ việc trước"
    REFUSE_COMPETENCE = "refuse_competence", "từ chối thẩm quyền"
    DISPUTE_COMPETENCE = "dispute_competence", "tranh chấp thẩm quyền"
    DECIDE_COMPETENCE = "decide_competence", "quyết định thẩm quyền"
    URGE = "urge", "yêu cầu cấp dưới giải quyết"
    REPORT_OVERDUE = "report_overdue", "phản ánh việc quá hạn"
    DEMAND_REPORT = "demand_report", "yêu cầu báo cáo"
    REPORT = "report", "báo cáo theo yêu cầu"
    INSTRUCT = "instruct", "thông báo kết luận buổi tiếp"
    REFUSE_ORALLY = "refuse_orally", "từ chối tiếp bằng lời"
    REFUSE_BY_NOTICE = "refuse_by_notice", "thông báo từ chối tiếp công dân"
    EXPLAIN_DELAY = "explain_delay", "ghi lý do chậm"
    DO_TASK = "do_task", "làm việc gấp"
    NOTE_PARTICULARS = "note_particulars", "ghi nhận thêm thông tin về đơn"
    NEED_NO_SUPPLEMENT = "need_no_supplement", "thôi chờ bổ sung"


_BEFORE_ACCEPTANCE: Final = (Status.OPEN, Status.AWAITING_SUPPLEMENT, Status.DISPUTED)
_AT_WORK: Final = (Status.ACCEPTED, Status.SUSPENDED)
_AFTER_SETTLEMENT: Final = (Status.SETTLED, Status.EFFECTIVE)
_LEFT: Final = (
    Status.GUIDED,
    Status.TRANSFERRED,
    Status.DECLINED,
    Status.DISCONTINUED,
    Status.URGED,
    Status.REFUSED,
)
_NOT_CLOSED: Final = (*_BEFORE_ACCEPTANCE, *_AT_WORK, *_AFTER_SETTLEMENT, *_LEFT)

_STAYING: Final[Mapping[Action, tuple[Status, ...]]] = {
    Action.CONFIRM: _NOT_CLOSED,
    Action.DO_TASK: _NOT_CLOSED,
    Action.ESCALATE: (
        *_BEFORE_ACCEPTANCE,
        *_AT_WORK,
        *_AFTER_SETTLEMENT,
        Status.DECLINED,
        Status.DISCONTINUED,
        Status.URGED,
        Status.REFUSED,
    ),
    Action.SUPPLEMENT: (Status.OPEN, Status.DISPUTED, Status.ACCEPTED, Status.SUSPENDED, Status.URGED),
    Action.TRANSFER: (Status.OPEN,),
    Action.EXTEND: (Status.ACCEPTED,),
    Action.NOTE_WITHDRAWAL: (*_BEFORE_ACCEPTANCE, *_AT_WORK, Status.LINKED, Status.URGED),
    Action.RECEIVE_DECISION: _AFTER_SETTLEMENT,
    Action.PLAN_DIALOGUE: (Status.ACCEPTED,),
    Action.HOLD_DIALOGUE: (Status.ACCEPTED,),
    Action.LINK_EARLIER: (Status.OPEN, Status.ACCEPTED),
    Action.REFUSE_COMPETENCE: (Status.OPEN,),
    Action.REPORT_OVERDUE: _AT_WORK,
    Action.DEMAND_REPORT: (Status.OPEN, *_AT_WORK),
    Action.REPORT: _NOT_CLOSED,
    Action.INSPECT: (Status.OPEN,),
    Action.INSTRUCT: (Status.OPEN, Status.ACCEPTED),
    Action.REFUSE_ORALLY: (Status.OPEN,),
    Action.EXPLAIN_DELAY: (*_BEFORE_ACCEPTANCE, *_AT_WORK),
    Action.NOTE_PARTICULARS: (*_BEFORE_ACCEPTANCE, *_AT_WORK),
}
"""Acts that leave the case where it stands."""

_MOVING: Final[Mapping[tuple[Status, Action], Status]] = {
    (Status.OPEN, Action.ACCEPT): Status.ACCEPTED,
    (Status.OPEN, Action.GUIDE): Status.GUIDED,
    (Status.OPEN, Action.SPLIT): Status.GUIDED,
    (Status.OPEN, Action.TRANSFER_OUT): Status.TRANSFERRED,
    (Status.OPEN, Action.DECLINE): Status.DECLINED,
    (Status.OPEN, Action.REQUEST_SUPPLEMENT): Status.AWAITING_SUPPLEMENT,
    (Status.OPEN, Action.WITHDRAW): Status.CLOSED,
    (Status.OPEN, Action.CLOSE): Status.CLOSED,
    (Status.OPEN, Action.LINK_DUPLICATE): Status.LINKED,
    (Status.OPEN, Action.DISPUTE_COMPETENCE): Status.DISPUTED,
    (Status.OPEN, Action.DECIDE_COMPETENCE): Status.OPEN,
    (Status.OPEN, Action.URGE): Status.URGED,
    (Status.OPEN, Action.REFUSE_BY_NOTICE): Status.REFUSED,
    (Status.AWAITING_SUPPLEMENT, Action.SUPPLEMENT): Status.OPEN,
    (Status.AWAITING_SUPPLEMENT, Action.ACCEPT): Status.ACCEPTED,
    (Status.AWAITING_SUPPLEMENT, Action.DECLINE): Status.DECLINED,
    (Status.AWAITING_SUPPLEMENT, Action.WITHDRAW): Status.CLOSED,
    (Status.AWAITING_SUPPLEMENT, Action.LAPSE): Status.OPEN,
    (Status.AWAITING_SUPPLEMENT, Action.NEED_NO_SUPPLEMENT): Status.OPEN,
    (Status.AWAITING_SUPPLEMENT, Action.CLOSE): Status.CLOSED,
    (Status.AWAITING_SUPPLEMENT, Action.LINK_DUPLICATE): Status.LINKED,
    (Status.DISPUTED, Action.DECIDE_COMPETENCE): Status.OPEN,
    (Status.DISPUTED, Action.WITHDRAW): Status.CLOSED,
    (Status.LINKED, Action.UNLINK): Status.OPEN,
    (Status.LINKED, Action.WITHDRAW): Status.CLOSED,
    (Status.LINKED, Action.CLOSE): Status.CLOSED,
    (Status.GUIDED, Action.CLOSE): Status.CLOSED,
    (Status.TRANSFERRED, Action.CLOSE): Status.CLOSED,
    (Status.DECLINED, Action.CLOSE): Status.CLOSED,
    (Status.URGED, Action.URGE): Status.URGED,
    (Status.URGED, Action.WITHDRAW): Status.CLOSED,
    (Status.URGED, Action.CLOSE): Status.CLOSED,
    (Status.REFUSED, Action.CLOSE): Status.CLOSED,
    (Status.ACCEPTED, Action.SUSPEND): Status.SUSPENDED,
    (Status.ACCEPTED, Action.SETTLE): Status.SETTLED,
    (Status.ACCEPTED, Action.DISCONTINUE): Status.DISCONTINUED,
    (Status.SUSPENDED, Action.RESUME): Status.ACCEPTED,
    (Status.SUSPENDED, Action.DISCONTINUE): Status.DISCONTINUED,
    (Status.DISCONTINUED, Action.CLOSE): Status.CLOSED,
    (Status.SETTLED, Action.TAKE_EFFECT): Status.EFFECTIVE,
    (Status.SETTLED, Action.CLOSE): Status.CLOSED,
    (Status.EFFECTIVE, Action.CLOSE): Status.CLOSED,
}

TRANSITIONS: Final[Mapping[tuple[Status, Action], Status]] = {
    **{(status, action): status for action, statuses in _STAYING.items() for status in statuses},
    **_MOVING,
}
"""Everything that may happen. What is not here is refused with 409; nothing leaves ``CLOSED``."""

CLOSING: Final[Mapping[Status, frozenset[ClosingGround]]] = {
    Status.OPEN: frozenset({ClosingGround.SHELVED}),
    Status.AWAITING_SUPPLEMENT: frozenset({ClosingGround.SHELVED}),
    Status.LINKED: frozenset({ClosingGround.SHELVED}),
    Status.GUIDED: frozenset({ClosingGround.GUIDED}),
    Status.TRANSFERRED: frozenset({ClosingGround.TRANSFERRED}),
    Status.DECLINED: frozenset({ClosingGround.DECLINED}),
    Status.REFUSED: frozenset({ClosingGround.DECLINED}),
    Status.URGED: frozenset({ClosingGround.SETTLED}),
    Status.DISCONTINUED: frozenset({ClosingGround.WITHDRAWN}),
    Status.SETTLED: frozenset({ClosingGround.SETTLED}),
    Status.EFFECTIVE: frozenset({ClosingGround.SETTLED}),
}
"""On which ground a case in that status may be closed by an officer."""
