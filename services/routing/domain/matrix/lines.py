"""Lines and questions that several kinds of petitions share."""

from collections.abc import Iterator
from datetime import date

from contracts.facts.intake import PetitionFiled
from contracts.ids import UnitId
from contracts.vocabulary import Duty, Instance, Outcome, SubjectMatter
from services.routing.domain.competence import Competence, received_on
from services.routing.domain.groups import what_is_wrong_with_the_group
from services.routing.domain.law import Law
from services.routing.domain.limitation import window_opens_on
from services.routing.domain.matrix.found import Found


def eligibility(filed: PetitionFiled) -> Iterator[Found]:
    """What cannot be read, needs a translation, or is pending already (R14, R17, R21)."""
    known = filed.known
    torn = known.is_unreadable is True
    why = "Đơn rách nát, tẩy xóa hoặc không đọc được." if torn else "Đơn đọc được."
    yield Found("R14", torn, why, Outcome.SHELVE, duties=(Duty.KEEP_ONE_YEAR,))
    foreign = known.is_foreign_untranslated is True
    why = "Đơn bằng tiếng nước ngoài, chưa có bản dịch công chứng." if foreign else "Không phải dịch."
    yield Found("R17", foreign, why, Outcome.SUPPLEMENT)
    pending = known.is_pending_here is True
    why = "Cùng người, cùng nội dung với vụ việc đang xử lý." if pending else "Không có vụ việc trùng đang xử lý."
    yield Found("R21", pending, why, Outcome.SHELVE, duties=(Duty.LINK_TO_PENDING,))


def by_its_day(rule_id: str, outcome: Outcome, on: date, law: Law) -> tuple[bool, str]:
    """Whether the rule, as it stood on that day, leads to that outcome, and what it says with its articles.

    A day before the rule's first row knows no such rule: it stands in nobody's way.
    """
    row = law.find_rule(rule_id, on)
    if row is None:
        return False, "Hệ thống không có quy định về việc này vào ngày nhận đơn."
    cited = ", ".join(law.catalogue.cite(article) for article in row.articles)
    return row.outcome is outcome, f"{row.action.removesuffix('.')} ({cited})."


def at_a_desk(competence: Competence, *, is_ours: bool, outcome: Outcome) -> Found:
    """R20: courts, enforcement, Party, elected bodies and others outside the administration's procedure."""
    elsewhere = competence.is_desk and not is_ours
    why = competence.why if elsewhere else "Thuộc thẩm quyền giải quyết của cơ quan hành chính."
    return Found("R20", elsewhere, why, outcome)


def is_a_dispute(filed: PetitionFiled, competence: Competence) -> Found:
    """R20: a dispute between private persons is no petition of these kinds, also where its mediator received it."""
    between = filed.known.subject is SubjectMatter.PRIVATE_DISPUTE
    why = competence.why if between else "Không phải tranh chấp giữa công dân với nhau."
    return Found("R20", between, why, Outcome.GUIDE)


def sent_there_too(filed: PetitionFiled, competence: Competence, law: Law, *, is_ours: bool) -> bool:
    """True when the competent body has the petition already: it, or its reception office, is one it was sent to."""
    on = received_on(filed)
    bodies = {law.body_of(unit, on) for unit in filed.known.copied_to}
    return not is_ours and competence.authority is not None and competence.authority in bodies


def without_representatives(filed: PetitionFiled) -> Found:
    """R22: groups."""
    wrong = what_is_wrong_with_the_group(filed)
    return Found("R22", bool(wrong), wrong or "Không thiếu người đại diện.", Outcome.SUPPLEMENT)


def waiting_below(filed: PetitionFiled, competence: Competence, law: Law) -> Found:
    """R05: a lower body has it and is to be urged."""
    waits = is_waiting_below(filed, competence, law)
    why = "Cấp dưới đã thụ lý, chưa giải quyết xong." if waits else "Không có vụ việc đang chờ ở cấp dưới."
    return Found("R05", waits, why, Outcome.URGE_LOWER, duties=(Duty.REPORT_TO_HEAD,))


def is_waiting_below(filed: PetitionFiled, competence: Competence, law: Law) -> bool:
    """A lower body accepted it and still has time, or the citizen only asks for help and lodges nothing new."""
    if filed.lower_accepted_on is None or filed.earlier_decision_received_on is not None:
        return False
    if filed.known.asks_only_for_help is True:
        return True
    if filed.instance is Instance.FIRST:
        return is_below_receiver(filed, competence.authority, law)
    return window_opens_on(filed, law) is None


def is_ours(filed: PetitionFiled, competence: Competence, law: Law) -> bool:
    """True when the body that received it is the competent one."""
    return law.body_of(filed.received_by, received_on(filed)) == competence.authority


def is_below_receiver(filed: PetitionFiled, unit_id: UnitId | None, law: Law) -> bool:
    """True when the unit stands below the body that received it."""
    on = received_on(filed)
    body = law.body_of(filed.received_by, on)
    return unit_id is not None and unit_id != body and law.units.covers(body, unit_id, on)
