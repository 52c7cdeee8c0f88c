"""The manual of a situation: the Vietnamese name of each field, its unit, and examples taken from cases.md.

A field without a note is documented by its docstring alone.
"""

from collections.abc import Mapping
from typing import Final

from services.routing.twins import Note

_COMMUNE, _PROVINCE, _OFFICE, _DEPARTMENT = "xa-17971", "tinh-40", "btcd-40", "so-40-xd"

PETITION: Final[Mapping[str, Note]] = {
    "kind": Note("Loại đơn, theo nội dung, không theo tên gọi", "complaint", "denunciation"),
    "channel": Note("Đơn đến bằng cách nào", "counter", "post"),
    "received_at": Note("Ngày, giờ nhận đơn", "2026-09-07", "2026-09-07T23:59:00+07:00", unit="Vietnam day"),
    "received_by": Note("Đơn vị nhận đơn", _COMMUNE, _OFFICE, unit="unit id"),
    "matter_field": Note("Lĩnh vực", "land", "transport"),
    "matter_unit": Note("Nơi phát sinh vụ việc", _COMMUNE, unit="unit id"),
    "respondent_unit": Note("Đơn vị bị khiếu nại, nơi người bị tố cáo giữ chức vụ", _COMMUNE, unit="unit id"),
    "respondent_post": Note("Chức vụ của người bị khiếu nại, bị tố cáo", "head"),
    "instance": Note("Khiếu nại lần đầu hay lần hai", "first", "second"),
    "earlier_decision_received_on": Note("Ngày nhận quyết định lần đầu", "2026-10-05", unit="Vietnam day"),
    "decision_known_on": Note("Ngày nhận hoặc biết quyết định, hành vi", "2026-08-03", unit="Vietnam day"),
    "lower_accepted_on": Note("Ngày cấp dưới đã thụ lý, chưa giải quyết", "2026-08-10", unit="Vietnam day"),
    "signer_count": Note("Số người cùng đứng đơn", 1, 12, unit="persons", at_least=1),
    "has_representatives": Note("Đã cử người đại diện bằng văn bản có chữ ký của tất cả", True),
    "is_signed": Note("Đã ký, điểm chỉ hoặc ký số", True, False),
    "is_anonymous": Note("Không có họ tên, địa chỉ", False, True),
    "is_directly_affected": Note("Người khiếu nại bị tác động trực tiếp", True, False),
    "asks_identity_protection": Note("Yêu cầu giữ bí mật thông tin", True),
    "attachment_count": Note("Số tài liệu kèm theo", 3, unit="documents"),
    "subject": Note("Nội dung khiếu nại, tố cáo, kiến nghị là gì", "private_dispute", "party_discipline"),
    "is_dismissal": Note("Kỷ luật buộc thôi việc", True),
    "branch": Note("Ngành, khi lĩnh vực chưa đủ rõ", "agriculture"),
    "managed_at": Note("Nội dung thuộc cấp nào quản lý", "central", "commune"),
    "also_concerns": Note("Những xã khác cùng liên quan", ["xa-17035"], unit="unit ids"),
    "respondent_place": Note("Bộ phận ra quyết định bên trong đơn vị", "division", "collective"),
    "respondent_function": Note("Chức danh ngoài hành chính", "judge"),
    "is_on_duty": Note("Vi phạm khi thực hiện nhiệm vụ, công vụ", True, False),
    "accepted_elsewhere_by": Note("Cơ quan có thẩm quyền khác đã thụ lý trước", _DEPARTMENT, unit="unit id"),
    "respondent_now_at": Note("Người bị tố cáo nay công tác ở đâu", "so-40-nnmt", unit="unit id"),
    "respondent_now_post": Note("Chức vụ hiện nay của người bị tố cáo", "deputy_head"),
    "respondent_move": Note("Người bị tố cáo đã chuyển đi thế nào", "equal_head", "higher"),
    "enforceable_on": Note("Ngày quyết định có thể bị cưỡng chế thi hành", "2026-09-10", unit="Vietnam day"),
    "is_harm_hard_to_repair": Note("Thi hành sẽ gây hậu quả khó khắc phục", True),
    "has_signs_of_crime": Note("Có dấu hiệu tội phạm", True),
    "obstacles": Note(
        "Thời gian trở ngại khách quan",
        [{"first_day": "2026-05-01", "last_day": "2026-06-30", "ground": "sickness", "is_proved": True}],
    ),
    "first_day": Note("Ngày đầu của trở ngại", "2026-05-01", unit="Vietnam day"),
    "last_day": Note("Ngày cuối của trở ngại, cũng được trừ", "2026-06-30", unit="Vietnam day"),
    "ground": Note("Trở ngại gì", "sickness"),
    "is_proved": Note("Có chứng minh; không chứng minh thì không trừ", True),
    "lower_due_on": Note(
        "Ngày cuối giải quyết lần đầu do cấp dưới nêu, đã tính gia hạn, tạm đình chỉ", "2026-10-09", unit="Vietnam day"
    ),
    "asks_only_for_help": Note("Chỉ đề nghị giúp đỡ, không nộp đơn mới", True),
    "guided_before_on": Note("Ngày đã hướng dẫn cùng nội dung", "2026-09-08", unit="Vietnam day"),
    "transferred_before_on": Note("Ngày đã chuyển đơn cùng nội dung", "2026-09-08", unit="Vietnam day"),
    "has_second_decision": Note("Đã có quyết định giải quyết lần hai", True),
    "settled_effective_on": Note("Ngày quyết định giải quyết có hiệu lực", "2026-08-31", unit="Vietnam day"),
    "is_discontinued": Note("Đã đình chỉ mà không tiếp tục", True),
    "is_court_seized": Note("Tòa án đã thụ lý hoặc đã xét xử", True),
    "withdrawn_before_on": Note("Ngày đã rút cùng nội dung", "2026-10-19", unit="Vietnam day"),
    "was_withdrawal_forced": Note("Việc rút đơn là do bị ép buộc, đe dọa, có chứng minh", True),
    "is_pending_here": Note("Cùng nội dung đang được giải quyết tại đây", True),
    "is_against_result": Note("Tố cáo tiếp kết quả giải quyết lần đầu", True),
    "grows_from_settled_complaint": Note("Tố cáo xuất phát từ khiếu nại đã giải quyết đúng", True),
    "has_evidence_against_settler": Note("Có chứng cứ người giải quyết vi phạm pháp luật", True),
    "is_answered_before": Note("Kiến nghị, phản ánh đã được trả lời, không có gì mới", True),
    "petitioner_role": Note("Người gửi đơn với tư cách gì", "self", "attorney"),
    "is_capable": Note("Có năng lực hành vi dân sự đầy đủ", True, False),
    "is_representative_lawful": Note("Người đại diện hợp pháp, có chứng minh", True),
    "power_form": Note("Hình thức văn bản ủy quyền", "certified"),
    "attorney_count": Note("Số người được ủy quyền về cùng một nội dung", 1, unit="persons"),
    "representative_count": Note("Số người đại diện đã cử", 2, unit="persons"),
    "have_all_signed": Note("Tất cả đã ký đơn và văn bản cử đại diện", True),
    "are_representatives_petitioners": Note("Mọi người đại diện đều là người gửi đơn", True),
    "is_false_identity": Note("Họ tên, địa chỉ không có thật", True),
    "is_violator_identifiable": Note("Xác định được người vi phạm", True),
    "is_evidence_concrete": Note("Chứng cứ cụ thể", True),
    "is_verifiable": Note("Có cơ sở để kiểm tra, xác minh", True),
    "is_foreign_untranslated": Note("Bằng tiếng nước ngoài, chưa có bản dịch công chứng", True),
    "is_unreadable": Note("Rách nát, mờ, không đọc được", True),
    "has_originals": Note("Có kèm bản gốc giấy tờ", True),
    "copied_to": Note("Đồng thời gửi đến những nơi nào", [_PROVINCE, _DEPARTMENT], unit="unit ids"),
    "forwarded_by": Note("Ai chuyển đơn đến", "press"),
    "forwarding_unit": Note("Cơ quan đã chuyển đơn đến", _DEPARTMENT, unit="unit id"),
    "is_remote": Note("Vùng sâu, vùng xa đi lại khó khăn, có quyết định trong hồ sơ", True),
    "places_to_verify": Note("Số nơi phải xác minh", 2, unit="places"),
    "is_check_delegated": Note("Đã ủy quyền cho cơ quan khác kiểm tra, xác minh ban đầu", True),
}

ORDERS: Final[Mapping[str, Note]] = {
    "to": Note("Đơn vị được hướng dẫn, chuyển đến", _PROVINCE, unit="unit id"),
    "document_number": Note("Số văn bản", "12/QĐ-UBND"),
    "legal_grounds": Note("Căn cứ pháp luật", ["LKN 31"]),
    "clock": Note("Thời hạn nào", "K4"),
    "request_count": Note("Số yêu cầu được đánh số trong đơn", 2, unit="requests"),
    "ground": Note("Căn cứ, trong danh mục"),
    "tests": Note("Tiêu chí phức tạp", ["several_places"]),
    "result": Note("Kết quả giải quyết", "wrong"),
    "reason": Note("Lý do báo cáo cấp trên", "chair_request"),
    "explain-delay.reason": Note("Lý do chậm có cơ sở", "awaiting_other_body"),
    "is_remote": Note("Vùng sâu, vùng xa đi lại khó khăn", True),
    "representative_count": Note("Số người đại diện đã cử", 2, unit="persons"),
    "scope": Note("Rút toàn bộ hay một phần", "whole", "partial"),
    "is_signed": Note("Bổ sung chữ ký còn thiếu", True),
    "act": Note("Việc đã thực hiện", "result_sent"),
    "missing": Note("Phần còn thiếu của đơn, trong danh mục", ["contested_decision"]),
    "requests": Note("Số thứ tự các yêu cầu được rút", [2]),
    "is_settled": Note("Cấp dưới đã giải quyết, kèm số quyết định", True),
}


def of_order(path: str, field: str) -> Note | None:
    """The note of that order's field; where it has none of its own, that of all orders with such a field."""
    return ORDERS.get(f"{path}.{field}", ORDERS.get(field))
