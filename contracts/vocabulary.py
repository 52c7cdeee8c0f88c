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


class EarlierSettlement(Labelled):
    """How far the same matter had been settled when the petition came (Circular 02/2021/TT-TTCP, form 01/XLD)."""

    NONE = "none", "chưa giải quyết"
    PENDING = "pending", "đang giải quyết"
    ONCE = "once", "đã giải quyết một lần"
    SEVERAL = "several", "đã giải quyết nhiều lần"


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


class MissingPart(Labelled):
    """What a petition lacks and the petitioner is guided to bring; a closed list, never free text."""

    SIGNATURE = "signature", "chữ ký hoặc điểm chỉ của người gửi đơn"
    IDENTITY = "identity", "họ tên, địa chỉ hoặc giấy tờ tùy thân của người gửi đơn"
    REQUESTS = "requests", "nội dung, lý do và yêu cầu của đơn ghi chưa rõ"
    CONTESTED_DECISION = "contested_decision", "quyết định hoặc văn bản về hành vi bị khiếu nại"
    FIRST_DECISION = "first_decision", "quyết định giải quyết lần đầu"
    POWER = "power", "văn bản ủy quyền có chứng thực, giấy tờ chứng minh việc đại diện"
    REPRESENTATIVES = "representatives", "văn bản cử người đại diện có chữ ký của mọi người"
    ALL_SIGNATURES = "all_signatures", "chữ ký của mọi người cùng đứng đơn"
    TRANSLATION = "translation", "bản dịch tiếng Việt được công chứng"
    VIOLATOR = "violator", "thông tin xác định người vi phạm, hành vi vi phạm"
    EVIDENCE = "evidence", "tài liệu, chứng cứ liên quan"


CONDITIONS_OF_ACCEPTANCE: Final = frozenset(MissingPart) - {MissingPart.REQUESTS, MissingPart.EVIDENCE}
"""Without these nobody may accept; the others only help who settles, so no clock waits for them."""


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


class SubjectMatter(Labelled):
    """What a petition is about: by content, purpose and request, never by its title (TT05 6)."""

    ADMINISTRATIVE_DECISION = "administrative_decision", "quyết định hành chính"
    ADMINISTRATIVE_ACT = "administrative_act", "hành vi hành chính"
    DISCIPLINARY_DECISION = "disciplinary_decision", "quyết định kỷ luật cán bộ, công chức"
    INTERNAL_DECISION = "internal_decision", "quyết định, hành vi trong nội bộ để chỉ đạo, điều hành"
    NORMATIVE_ACT = "normative_act", "văn bản quy phạm pháp luật"
    STATE_SECRET = "state_secret", "thuộc phạm vi bí mật nhà nước"  # pragma: allowlist secret
    PRIVATE_DISPUTE = "private_dispute", "tranh chấp giữa công dân với nhau"
    COURT_PROCEEDINGS = "court_proceedings", "thuộc thẩm quyền của Tòa án"
    PROSECUTION = "prosecution", "thuộc thẩm quyền của Viện kiểm sát"
    INVESTIGATION = "investigation", "thuộc thẩm quyền của cơ quan điều tra"
    ENFORCEMENT = "enforcement", "thi hành án"
    PARTY_DISCIPLINE = "party_discipline", "kỷ luật đảng, phẩm chất đạo đức của đảng viên"
    PARTY_AFFAIRS = "party_affairs", "công việc khác của tổ chức đảng"
    INTERNAL_AFFAIRS = "internal_affairs", "nội chính, phòng, chống tham nhũng"
    ELECTED_BODY = "elected_body", "thuộc thẩm quyền của cơ quan dân cử, đại biểu dân cử"
    MASS_ORGANISATION = "mass_organisation", "thuộc Mặt trận Tổ quốc, tổ chức chính trị - xã hội"
    ADMINISTRATIVE_RULES = "administrative_rules", "quy định hành chính (Nghị định 20/2008/NĐ-CP)"


class Branch(Labelled):
    """Branches of administration that ``MatterField`` does not tell apart."""

    AGRICULTURE = "agriculture", "nông nghiệp, nông thôn"
    INDUSTRY_TRADE = "industry_trade", "công nghiệp, thương mại"
    PLANNING_INVESTMENT = "planning_investment", "kế hoạch, đầu tư"
    SCIENCE_TECHNOLOGY = "science_technology", "khoa học, công nghệ"
    INFORMATION = "information", "thông tin, truyền thông"
    CULTURE_SPORT_TOURISM = "culture_sport_tourism", "văn hóa, thể thao, du lịch"
    LABOUR = "labour", "lao động, người có công, xã hội"
    ETHNIC_RELIGIOUS = "ethnic_religious", "dân tộc, tôn giáo"
    FOREIGN_AFFAIRS = "foreign_affairs", "ngoại vụ"
    PUBLIC_SECURITY = "public_security", "an ninh, trật tự"
    DEFENCE = "defence", "quốc phòng"


class RespondentPlace(Labelled):
    """Where inside a unit a decision was taken or a post is held."""

    BODY = "body", "chính cơ quan đó"
    COLLECTIVE = "collective", "Ủy ban nhân dân với tư cách tập thể"
    DIVISION = "division", "phòng, bộ phận chuyên môn"
    SUBORDINATE_AGENCY = "subordinate_agency", "cơ quan trực thuộc (chi cục, trung tâm)"
    PUBLIC_UNIT = "public_unit", "đơn vị sự nghiệp công lập trực thuộc"


class RespondentFunction(Labelled):
    """Functions outside administration (LTC 14–17)."""

    JUDGE = "judge", "thẩm phán, cán bộ, công chức Tòa án"
    PROSECUTOR = "prosecutor", "kiểm sát viên, cán bộ, công chức Viện kiểm sát"
    AUDITOR = "auditor", "kiểm toán viên nhà nước"
    NATIONAL_ASSEMBLY_DEPUTY = "national_assembly_deputy", "đại biểu Quốc hội"
    COUNCIL_DEPUTY = "council_deputy", "đại biểu Hội đồng nhân dân"


class RespondentMove(Labelled):
    """How the denounced left the unit where the act was done (LTC 12(3)–(5))."""

    EQUAL_HEAD = "equal_head", "chuyển công tác, giữ chức vụ người đứng đầu, cấp phó tương đương"
    HIGHER = "higher", "chuyển công tác, giữ chức vụ cao hơn"
    OTHER_UNIT = "other_unit", "chuyển công tác sang cơ quan khác, không thuộc hai trường hợp trên"
    LEFT = "left", "không còn là cán bộ, công chức, viên chức"


class ObstacleGround(Labelled):
    SICKNESS = "sickness", "ốm đau"
    DISASTER = "disaster", "thiên tai, địch họa"
    MISSION_AFAR = "mission_afar", "đi công tác ở nơi xa"
    STUDY_AFAR = "study_afar", "học tập ở nơi xa"
    OTHER_OBJECTIVE = "other_objective", "trở ngại khách quan khác"


class PetitionerRole(Labelled):
    SELF = "self", "người có quyền, lợi ích liên quan trực tiếp"
    LEGAL_REPRESENTATIVE = "legal_representative", "người đại diện theo pháp luật"
    ATTORNEY = "attorney", "người được ủy quyền"
    LAWYER = "lawyer", "luật sư, trợ giúp viên pháp lý được ủy quyền"


class PowerForm(Labelled):
    """The form of an attorney's power (155/2026 arts 3, 21)."""

    CERTIFIED = "certified", "văn bản ủy quyền có chứng thực"
    NOTARISED = "notarised", "văn bản ủy quyền công chứng"
    PLAIN_PAPER = "plain_paper", "giấy ủy quyền chưa chứng thực"
    NONE = "none", "không có văn bản ủy quyền"


class Forwarder(Labelled):
    """Who passed a petition on (R04; LTC 26(2))."""

    PARTY_STATE_LEADER = "party_state_leader", "lãnh đạo Đảng, Nhà nước"
    NATIONAL_ASSEMBLY_DEPUTY = "national_assembly_deputy", "đại biểu Quốc hội, Đoàn đại biểu Quốc hội"
    COUNCIL_DEPUTY = "council_deputy", "đại biểu Hội đồng nhân dân"
    FATHERLAND_FRONT = "fatherland_front", "Mặt trận Tổ quốc và các tổ chức thành viên"
    PRESS = "press", "cơ quan báo chí"
    AGENCY = "agency", "cơ quan, tổ chức, đơn vị khác"


class Duty(Labelled):
    """What has to be done besides the outcome of a petition, at once unless a clock says otherwise."""

    CONSIDER_STAY = "consider_stay", "báo cáo ngay người đứng đầu xem xét tạm đình chỉ thi hành quyết định bị khiếu nại"
    REFER_CRIME = "refer_crime", "chuyển ngay hồ sơ, tài liệu đến cơ quan điều tra, Viện kiểm sát"
    RETURN_ORIGINALS = "return_originals", "trả lại bản gốc giấy tờ, tài liệu"
    ANSWER_SENDER = "answer_sender", "trả lời cơ quan, người đã chuyển đơn"
    RETURN_TO_SENDER = "return_to_sender", "trả lại đơn cho nơi đã chuyển, nêu rõ lý do"
    PASS_ON = "pass_on", "chuyển tiếp đơn đến cơ quan có thẩm quyền"
    TELL_DENOUNCER = "tell_denouncer", "báo người tố cáo việc chuyển đơn"
    OFFER_AS_RECOMMENDATION = "offer_as_recommendation", "đề nghị công dân gửi nội dung như kiến nghị, phản ánh"
    GIVE_RECEIPT = "give_receipt", "lập Giấy biên nhận thông tin, tài liệu (Mẫu 02/TCD)"
    KEEP_ONE_YEAR = "keep_one_year", "lưu đơn 1 năm, sau đó người đứng đầu quyết định tiêu hủy"
    LINK_TO_PENDING = "link_to_pending", "gắn với vụ việc đang xử lý, không tính thời hạn mới"
    REPORT_TO_HEAD = "report_to_head", "báo cáo người đứng đầu để yêu cầu cấp dưới giải quyết"
    POINT_TO_COURT = "point_to_court", "hướng dẫn quyền khởi kiện tại Tòa án"
    PROTECT_DENOUNCER = "protect_denouncer", "chuyển ngay yêu cầu bảo vệ đến người giải quyết"
    SETTLE_AS_SUPERIOR = "settle_as_superior", "cấp trên trực tiếp xem xét lại kết quả giải quyết tố cáo"


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


class AnswerKind(Labelled):
    """What a settlement answers to one numbered request of the petition."""

    GRANTED = "granted", "chấp nhận yêu cầu"
    PARTLY_GRANTED = "partly_granted", "chấp nhận một phần yêu cầu"
    REFUSED = "refused", "không chấp nhận yêu cầu, có căn cứ"
    EXPLAINED = "explained", "đã giải thích, trả lời"
    NOT_OURS = "not_ours", "không thuộc thẩm quyền, đã chuyển hoặc hướng dẫn"
    WITHDRAWN = "withdrawn", "người gửi đơn đã rút nội dung này"


class SentOnAs(Labelled):
    """How a request that is not ours went on."""

    TRANSFERRED = "transferred", "đã chuyển"
    GUIDED = "guided", "đã hướng dẫn"


class LinkKind(Labelled):
    """Why two cases belong together."""

    DUPLICATE = "duplicate", "đơn trùng (cùng người, cùng nội dung)"
    SECOND_COMPLAINT = "second_complaint", "khiếu nại lần hai về cùng vụ việc"
    REPEATED_DENUNCIATION = "repeated_denunciation", "tố cáo tiếp về cùng vụ việc"


class CandidateVerdict(Labelled):
    """What another petition may be to this one. Proposed by likeness; a person decides (R21, R22)."""

    DUPLICATE = "duplicate", "có thể là đơn trùng (cùng người, cùng nội dung)"
    GOES_ON = "goes_on", "có thể tiếp nối vụ việc trước (khiếu nại lần hai, tố cáo tiếp, gửi lại)"
    SAME_MATTER = "same_matter", "có thể cùng một việc, người gửi khác (đơn của nhiều người)"


class CandidateReason(Labelled):
    """Why another petition is proposed. Says what is alike, never who or what."""

    TEXT_LIKENESS = "text_likeness", "nội dung đơn giống nhau"
    SAME_PERSONAL_NUMBER = "same_personal_number", "cùng số định danh cá nhân"
    SAME_NAME = "same_name", "cùng họ tên và cùng nơi phát sinh vụ việc"
    SAME_PHONE = "same_phone", "cùng số điện thoại"
    PERSON_NOT_COMPARED = "person_not_compared", "không so người gửi (được giữ bí mật hoặc thiếu thông tin)"
    SAME_DECISION = "same_decision", "cùng số văn bản bị nêu trong đơn"
    SAME_RESPONDENT = "same_respondent", "cùng cơ quan bị khiếu nại, tố cáo, phản ánh"
    SAME_PLACE = "same_place", "cùng nơi phát sinh vụ việc"
    SAME_FIELD = "same_field", "cùng lĩnh vực"
    SAME_DECISION_DAY = "same_decision_day", "cùng ngày nhận hoặc biết quyết định, hành vi"
    DAYS_APART = "days_apart", "số ngày giữa hai lần nhận đơn"
    LATER_INSTANCE = "later_instance", "đơn sau là khiếu nại lần hai hoặc tố cáo tiếp"
    OTHER_CASE_OVER = "other_case_over", "vụ việc kia đã kết thúc"


class CompetenceRefusalGround(Labelled):
    """Why a body holds that a petition sent to it is another body's."""

    OTHER_FIELD = "other_field", "thuộc lĩnh vực quản lý của cơ quan khác"
    OTHER_PLACE = "other_place", "thuộc địa bàn của cơ quan khác"
    OTHER_LEVEL = "other_level", "thuộc thẩm quyền cấp khác"
    OTHER_PERSON = "other_person", "người bị khiếu nại, tố cáo do cơ quan khác quản lý"


class ReceptionRefusal(Labelled):
    """Grounds to refuse reception (LTCD 9; 154/2026 art. 4(1)); two of them by written notice 01/TCD."""

    DRUNK = "drunk", "say rượu, dùng chất kích thích, không làm chủ được hành vi"
    THREATENING = "threatening", "đe dọa, xúc phạm, vi phạm nội quy tiếp công dân"
    WEAPONS = "weapons", "mang vũ khí, vật cấm"
    NO_SECURITY_CHECK = "no_security_check", "không chấp hành kiểm tra an ninh"
    RECORDED_AFTER_BAN = "recorded_after_ban", "ghi âm, ghi hình, phát trực tiếp khi đã bị cấm"
    INCITEMENT = "incitement", "kích động, gây rối"
    NO_CAPACITY = "no_capacity", "không có năng lực hành vi dân sự, không có người đại diện"
    NO_PROOF_OF_STANDING = "no_proof_of_standing", "không chứng minh được việc đại diện hợp pháp"
    OUT_OF_SCOPE = "out_of_scope", "không phải khiếu nại, tố cáo, kiến nghị, phản ánh"
    FINAL_JUDGMENT = (
        "final_judgment",
        "đã có bản án, quyết định có hiệu lực, cơ quan có thẩm quyền đã trả lời bằng văn bản",
    )
    HANDLED_ELSEWHERE = "handled_elsewhere", "cơ quan khác đang giải quyết đúng pháp luật"
    SETTLED_BUT_PROLONGED = (
        "settled_but_prolonged",
        "đã giải quyết đúng, đã rà soát, thông báo, tiếp, giải thích mà vẫn kéo dài",
    )
    ANSWERED_NOTHING_NEW = (
        "answered_nothing_new",
        "kiến nghị, phản ánh đã được trả lời bằng văn bản, không có tình tiết mới",
    )


class DocumentForm(Labelled):
    """What officers draw up on a form of the law (domain.md §5.4); its words: ``contracts/law/data/forms.toml``."""

    REFUSAL = "refusal", "Thông báo từ chối tiếp công dân"
    RECEIPT = "receipt", "Giấy biên nhận thông tin, tài liệu"
    REGISTER = "register", "Sổ tiếp công dân"
    GUIDANCE = "guidance", "Phiếu hướng dẫn"
    SUPPLEMENT = "supplement", "Phiếu hướng dẫn bổ sung"
    SPLIT = "split", "Phiếu hướng dẫn tách đơn"
    TRANSFER = "transfer", "Phiếu chuyển đơn"
    TRANSFER_NOTICE = "transfer_notice", "Thông báo chuyển đơn"
    ACCEPTANCE_COMPLAINT = "acceptance_complaint", "Thông báo thụ lý giải quyết khiếu nại"
    NONACCEPTANCE_COMPLAINT = "nonacceptance_complaint", "Thông báo không thụ lý giải quyết khiếu nại"
    EXTENSION_COMPLAINT = "extension_complaint", "Văn bản xác định vụ việc phức tạp"
    ACCEPTANCE_DENUNCIATION = "acceptance_denunciation", "Thông báo thụ lý tố cáo"
    NONACCEPTANCE_DENUNCIATION = "nonacceptance_denunciation", "Thông báo không thụ lý tố cáo"
    EXTENSION_DENUNCIATION = "extension_denunciation", "Quyết định gia hạn giải quyết tố cáo"
    ACCEPTANCE_RECOMMENDATION = "acceptance_recommendation", "Thông báo tiếp nhận, giải quyết kiến nghị, phản ánh"


class DelayReason(Labelled):
    """A good reason, on file, why a petition is not handled yet (154/2026 art. 41(3)(b): "without good reason")."""

    AWAITING_PETITIONER = "awaiting_petitioner", "chờ người gửi đơn bổ sung, có mặt"
    AWAITING_OTHER_BODY = "awaiting_other_body", "chờ ý kiến, tài liệu của cơ quan khác"
    COMPETENCE_DISPUTE = "competence_dispute", "đang xác định thẩm quyền"
    FORCE_MAJEURE = "force_majeure", "sự kiện bất khả kháng, thiên tai, dịch bệnh"


class Telling(Labelled):
    """What was told of a clock, and to whom: evidence when the case goes up."""

    WARNED = "warned", "đã nhắc đơn vị đang giữ"
    MISSED = "missed", "đã báo quá hạn"
    ESCALATED = "escalated", "đã báo cáo cấp trên"


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


class DayReason(Labelled):
    """Why a day is what an entry of the calendar says."""

    NEW_YEAR = "new_year", "Tết Dương lịch"
    TET = "tet", "Tết Nguyên đán"
    HUNG_KINGS = "hung_kings", "Giỗ Tổ Hùng Vương"
    REUNIFICATION = "reunification", "Ngày Chiến thắng 30/4"
    LABOUR_DAY = "labour_day", "Quốc tế Lao động 1/5"
    NATIONAL_DAY = "national_day", "Quốc khánh"
    CULTURE_DAY = "culture_day", "Ngày Văn hóa Việt Nam"
    SWAPPED_OFF = "swapped_off", "Nghỉ hoán đổi"
    SWAPPED_ON = "swapped_on", "Làm bù"
    OTHER_HOLIDAY = "other_holiday", "Ngày nghỉ khác theo văn bản"
    NO_HOLIDAY = "no_holiday", "Ngày làm việc theo văn bản"


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
