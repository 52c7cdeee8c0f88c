"""Closed lists of the law, with their Vietnamese legal labels: the only source for screens, notices and documents.

Members are values on the wire: never rename one, only add. Sources: domain.md §2–§5.
"""

from enum import StrEnum
from typing import Final, Self


class Labelled(StrEnum):
    """A closed list whose members know their legal name in Vietnamese."""

    label: str

    def __new__(cls, value: str, label: str = "") -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member


class PetitionKind(Labelled):
    COMPLAINT = "complaint", "khiếu nại"
    DENUNCIATION = "denunciation", "tố cáo"
    RECOMMENDATION = "recommendation", "kiến nghị"
    FEEDBACK = "feedback", "phản ánh"
    MIXED = "mixed", "đơn có nhiều nội dung"


CONFIDENTIAL_KINDS: Final = frozenset({PetitionKind.DENUNCIATION, PetitionKind.MIXED})
"""A petition of mixed content may hold a denunciation, so it is guarded like one until split (LTC 8(3), 9, 56)."""


class Channel(Labelled):
    COUNTER = "counter", "nộp trực tiếp tại nơi tiếp công dân"
    POST = "post", "gửi qua bưu chính"
    WEB = "web", "gửi qua cổng trực tuyến"
    ZALO = "zalo", "gửi qua Zalo"
    PHONE = "phone", "phản ánh qua điện thoại"
    FORWARDED = "forwarded", "cơ quan khác chuyển đến"


class UnitLevel(Labelled):
    CENTRAL = "central", "trung ương"
    PROVINCE = "province", "cấp tỉnh"
    DEPARTMENT = "department", "sở, ngành cấp tỉnh"
    DISTRICT = "district", "cấp huyện (đến 30/6/2025)"
    COMMUNE = "commune", "cấp xã"


class MatterField(Labelled):
    LAND = "land", "đất đai"
    CONSTRUCTION = "construction", "xây dựng"
    ENVIRONMENT = "environment", "môi trường"
    TRANSPORT = "transport", "giao thông"
    SOCIAL_POLICY = "social_policy", "chính sách xã hội"
    EDUCATION = "education", "giáo dục"
    HEALTH = "health", "y tế"
    FINANCE = "finance", "tài chính, ngân sách"
    CIVIL_SERVICE = "civil_service", "cán bộ, công chức"
    JUSTICE = "justice", "tư pháp"
    OTHER = "other", "lĩnh vực khác"


class RespondentPost(Labelled):
    """Who, by post and never by name, the petition is about."""

    HEAD = "head", "người đứng đầu"
    DEPUTY_HEAD = "deputy_head", "cấp phó của người đứng đầu"
    OFFICER = "officer", "cán bộ, công chức, viên chức"
    UNIT_ITSELF = "unit_itself", "cơ quan, tổ chức"


class Instance(Labelled):
    FIRST = "first", "lần đầu"
    SECOND = "second", "lần hai"


class WithdrawalScope(Labelled):
    WHOLE = "whole", "rút toàn bộ nội dung"
    PARTIAL = "partial", "rút một phần nội dung"


class Outcome(Labelled):
    """What the reception of a petition leads to (domain.md §2.6; outcome codes of cases.md)."""

    ACCEPT_PROPOSE = "accept_propose", "đề xuất thụ lý"
    SUPPLEMENT = "supplement", "hướng dẫn bổ sung"
    GUIDE = "guide", "hướng dẫn"
    TRANSFER = "transfer", "chuyển đơn"
    SPLIT = "split", "hướng dẫn tách đơn"
    URGE_LOWER = "urge_lower", "yêu cầu cấp dưới giải quyết"
    DECLINE = "decline", "không thụ lý"
    SHELVE = "shelve", "lưu đơn"
    INSPECT = "inspect", "kiểm tra, thanh tra theo nội dung đơn"
    INVITE_TO_SIGN = "invite_to_sign", "mời ký đơn theo hình thức luật định"


class DeclineGround(Labelled):
    """Grounds of LKN art. 11 and of the reception rules; a closed list, never free text."""

    NOT_DIRECTLY_AFFECTED = "not_directly_affected", "không trực tiếp bị ảnh hưởng"
    INTERNAL_DECISION = "internal_decision", "quyết định nội bộ, văn bản quy phạm hoặc bí mật nhà nước"
    NO_CAPACITY = "no_capacity", "không có năng lực hành vi dân sự đầy đủ, không có người đại diện hợp pháp"
    UNLAWFUL_REPRESENTATIVE = "unlawful_representative", "người đại diện không hợp pháp"
    NOT_SIGNED = "not_signed", "không có chữ ký hoặc điểm chỉ"
    LIMITATION_EXPIRED = "limitation_expired", "hết thời hiệu mà không có lý do chính đáng"
    SECOND_DECISION_EXISTS = "second_decision_exists", "đã có quyết định giải quyết lần hai"
    DISCONTINUED = "discontinued", "đã đình chỉ mà không tiếp tục"
    COURT_SEIZED = "court_seized", "Tòa án đã thụ lý hoặc đã có bản án, quyết định"
    NO_DENUNCIATION_CONDITIONS = "no_denunciation_conditions", "không đủ điều kiện thụ lý tố cáo"
    ALREADY_GUIDED = "already_guided", "đã được hướng dẫn về cùng nội dung"
    WITHDRAWN_BEFORE = "withdrawn_before", "nội dung đã rút, không bị ép buộc hay đe dọa"


class EscalationReason(Labelled):
    DEADLINE_MISSED = "deadline_missed", "quá thời hạn theo luật"
    RED_LINE = "red_line", "quá 45 ngày chưa xử lý"
    LARGE_GROUP = "large_group", "đoàn đông người"
    BYPASS_LEVEL = "bypass_level", "vượt cấp"
    COMPETENCE_DISPUTE = "competence_dispute", "tranh chấp thẩm quyền"
    CHAIR_REQUEST = "chair_request", "người đứng đầu yêu cầu"


class ComplexityTest(Labelled):
    """The seven statutory tests of a complex matter (155/2026 art. 2; 31/2019 art. 3)."""

    SEVERAL_PLACES = "several_places", "phải xác minh tại từ hai địa điểm trở lên"
    SEVERAL_CONTENTS = "several_contents", "có từ hai nội dung trở lên"
    MANY_PEOPLE = "many_people", "nhiều người cùng đứng đơn hoặc liên quan quyền lợi của nhiều người"
    FOREIGN_ELEMENT = "foreign_element", "có yếu tố nước ngoài"
    SEVERAL_AGENCIES = "several_agencies", "thuộc trách nhiệm của nhiều cơ quan"
    AGENCIES_DISAGREE = "agencies_disagree", "các cơ quan còn ý kiến khác nhau"
    CONTRADICTORY_EVIDENCE = "contradictory_evidence", "tài liệu, chứng cứ mâu thuẫn"


class SuspensionGround(Labelled):
    FORCE_MAJEURE = "force_majeure", "sự kiện bất khả kháng, thiên tai, dịch bệnh"
    AWAITING_OTHER_RESULT = "awaiting_other_result", "chờ kết quả giải quyết của cơ quan khác"
    PETITIONER_UNABLE = "petitioner_unable", "người gửi đơn chưa thể tham gia vì lý do khách quan"


class SettlementResult(Labelled):
    RIGHT = "right", "đơn đúng"
    PARTLY_RIGHT = "partly_right", "đơn đúng một phần"
    WRONG = "wrong", "đơn sai"
    ANSWERED = "answered", "đã trả lời kiến nghị, phản ánh"


class ClosingGround(Labelled):
    SETTLED = "settled", "đã giải quyết và công bố kết quả"
    GUIDED = "guided", "đã hướng dẫn"
    TRANSFERRED = "transferred", "đã chuyển đơn, hết trách nhiệm theo dõi"
    DECLINED = "declined", "không thụ lý"
    WITHDRAWN = "withdrawn", "đình chỉ do rút đơn"
    SHELVED = "shelved", "lưu đơn"


class SessionKind(Labelled):
    REGULAR = "regular", "thường xuyên"
    SCHEDULED = "scheduled", "định kỳ"
    AD_HOC = "ad_hoc", "đột xuất"


class OnlineGround(Labelled):
    """When a session may be held online (154/2026 art. 20(1)–(5)); decided by the head."""

    COMPLEX = "complex", "vụ việc phức tạp, kéo dài, nhiều cơ quan"
    REMOTE_OR_WEAK = "remote_or_weak", "vùng khó khăn, đối tượng chính sách, người già yếu, khuyết tật có nguyện vọng"
    EMERGENCY = "emergency", "thiên tai, dịch bệnh, an ninh"
    DENUNCIATION_CONFIDENTIAL = "denunciation_confidential", "tố cáo phức tạp, không yêu cầu giữ bí mật, bảo đảm bí mật"
    PRACTICAL_NEED = "practical_need", "yêu cầu thực tiễn khác"


class PointCheck(Labelled):
    """What a readiness test of a bridge point looks at (154/2026 art. 18(2), 23)."""

    PICTURE = "picture", "hình ảnh"
    SOUND = "sound", "âm thanh"
    MUTE = "mute", "điều khiển tắt, bật tiếng"
    RECORDING = "recording", "ghi âm, ghi hình"
    BACKUP_LINE = "backup_line", "đường truyền dự phòng"
    POWER = "power", "nguồn điện"
    CLOCK = "clock", "đồng hồ"


class InterruptionCause(Labelled):
    CONNECTION_LOST = "connection_lost", "mất kết nối"
    RECORDING_FAILED = "recording_failed", "hỏng ghi âm, ghi hình"
    DISORDER = "disorder", "mất trật tự"
    BREAK = "break", "nghỉ giữa phiên"
    OTHER = "other", "lý do khác"


class EndedBy(Labelled):
    CHAIR = "chair", "người chủ trì kết thúc"
    TIMEOUT = "timeout", "tự động kết thúc do mất tín hiệu"
    ADJOURNED = "adjourned", "tạm hoãn, hẹn ngày khác"


class ChangeReason(Labelled):
    """Why a session is moved or cancelled."""

    POINT_NOT_READY = "point_not_ready", "điểm cầu không bảo đảm kỹ thuật"
    CHAIR_ABSENT = "chair_absent", "người chủ trì vắng mặt vì lý do chính đáng"
    PETITIONER_REQUEST = "petitioner_request", "theo đề nghị của công dân"
    DISASTER = "disaster", "thiên tai, dịch bệnh"
    CASE_CLOSED = "case_closed", "vụ việc đã kết thúc"
    OTHER = "other", "lý do khác"


class GapCause(Labelled):
    SENDER_DEAD = "sender_dead", "điểm cầu ngừng gửi"
    NETWORK = "network", "mất mạng"
    CHUNK_MISSING = "chunk_missing", "thiếu đoạn"
    CHUNK_REFUSED = "chunk_refused", "đoạn bị từ chối do sai mã băm"


class NoticeChannel(Labelled):
    ZALO = "zalo", "Zalo"
    SMS = "sms", "tin nhắn SMS"


class NoticeFailure(Labelled):
    NO_CONTACT = "no_contact", "không có thông tin liên hệ"
    BAD_ADDRESS = "bad_address", "số điện thoại không hợp lệ"
    REFUSED_BY_PROVIDER = "refused_by_provider", "nhà cung cấp từ chối"
    EXPIRED = "expired", "quá thời hạn gửi"
    PROVIDER_AWAY = "provider_away", "nhà cung cấp không phục vụ"
    NO_RECEIPT = "no_receipt", "không có báo nhận"


class Role(Labelled):
    """Functions of the law, as access tokens name them (domain.md §1)."""

    CHAIR = "chair", "người chủ trì"
    RECEIVER = "receiver", "người tiếp công dân"
    NOTE_TAKER = "note_taker", "người ghi chép"
    ADVISING_UNIT = "advising_unit", "bộ phận tham mưu"
    POINT_DELEGATE = "point_delegate", "đại diện tại điểm cầu thành phần"
    TECHNICAL_OPERATOR = "technical_operator", "cán bộ kỹ thuật"
    PETITION_OFFICER = "petition_officer", "người xử lý đơn"
    SETTLING_AUTHORITY = "settling_authority", "người giải quyết"
    VERIFIER = "verifier", "người xác minh"
    INSPECTORATE_MONITOR = "inspectorate_monitor", "thanh tra theo dõi"
    RECORDS_ARCHIVIST = "records_archivist", "người lưu trữ"
    SYSTEM_OPERATOR = "system_operator", "người vận hành hệ thống"
    POINT_DEVICE = "point_device", "thiết bị ghi tại điểm cầu"
    CITIZEN = "citizen", "công dân"
    REPRESENTATIVE = "representative", "người đại diện"
    INTERPRETER = "interpreter", "người phiên dịch"
