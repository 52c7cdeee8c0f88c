"""Lines and questions that several kinds of petitions share."""

from collections.abc import Iterator
from datetime import date

from contracts.facts.intake import PetitionFiled
from contracts.ids import UnitId
from contracts.vocabulary import Channel, Duty, Instance, Outcome, PetitionKind, RespondentPlace, SubjectMatter
from services.routing.domain.competence import Competence, body_answering, received_on
from services.routing.domain.groups import what_is_wrong_with_the_group
from services.routing.domain.law import Law
from services.routing.domain.limitation import window_opens_on
from services.routing.domain.matrix.found import RECEPTION_CHANNELS, Found


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


def nameless(filed: PetitionFiled) -> Found:
    """R14: a letter of nobody, whom one cannot ask or answer (05/2021 art. 6). Where somebody waits, one asks."""
    fits = filed.is_anonymous and filed.channel not in RECEPTION_CHANNELS
    why = "Đơn gửi đến không có họ tên, địa chỉ người viết đơn." if fits else "Không phải đơn gửi đến không có họ tên."
    return Found("R14", fits, why, Outcome.SHELVE, duties=(Duty.KEEP_ONE_YEAR,))


def at_a_desk(competence: Competence, *, is_ours: bool, outcome: Outcome, duties: tuple[Duty, ...] = ()) -> Found:
    """R20: courts, enforcement, Party, elected bodies and others outside the administration's procedure."""
    elsewhere = competence.is_desk and not is_ours
    why = competence.why if elsewhere else "Thuộc thẩm quyền giải quyết của cơ quan hành chính."
    return Found("R20", elsewhere, why, outcome, duties=duties)


def is_a_dispute(filed: PetitionFiled, competence: Competence) -> Found:
    """R20: a dispute between private persons is no petition of these kinds, also where its mediator received it."""
    between = filed.known.subject is SubjectMatter.PRIVATE_DISPUTE
    why = competence.why if between else "Không phải tranh chấp giữa công dân với nhau."
    return Found("R20", between, why, Outcome.GUIDE)


def is_forwarded(filed: PetitionFiled) -> bool:
    """True when somebody else sent it on, who is owed an answer (LTCD 27(2); LTC 26(2))."""
    known = filed.known
    return filed.channel is Channel.FORWARDED or (known.forwarded_by or known.forwarding_unit) is not None


def taken_before(filed: PetitionFiled, outcome: Outcome) -> date | None:
    """When this body took that very step on the same matter: guidance and transfer are given once."""
    days = {Outcome.GUIDE: filed.known.guided_before_on, Outcome.TRANSFER: filed.known.transferred_before_on}
    return days.get(outcome)


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


def waiting_here(filed: PetitionFiled, competence: Competence, law: Law) -> Found:
    """R21: the receiver itself accepted the matter and still has time: nobody urges himself, nor accepts it twice."""
    body = law.body_of(filed.received_by, received_on(filed))
    waits = not _is_inside(filed) and _who_accepted(filed, competence, law) == body and _nothing_new(filed, law)
    why = "Chính cơ quan này đã thụ lý, đang giải quyết." if waits else "Không có vụ việc mà chính cơ quan này thụ lý."
    return Found("R21", waits, why, Outcome.SHELVE, duties=(Duty.LINK_TO_PENDING,))


def is_waiting_below(filed: PetitionFiled, competence: Competence, law: Law) -> bool:
    """A body below the receiver accepted it and still has time, or the citizen only asks for help and lodges nothing
    new. Who does not stand above it requires nothing of it.
    """
    if filed.lower_accepted_on is None or filed.earlier_decision_received_on is not None:
        return False
    return is_below_receiver(filed, competence, law) and (filed.instance is Instance.FIRST or _nothing_new(filed, law))


def _nothing_new(filed: PetitionFiled, law: Law) -> bool:
    """Asks for help only, or complains a second time while the first settlement still has time."""
    if filed.lower_accepted_on is None or filed.earlier_decision_received_on is not None:
        return False
    is_early = filed.instance is Instance.SECOND and window_opens_on(filed, law) is None
    return is_early or filed.known.asks_only_for_help is True


def is_ours(filed: PetitionFiled, competence: Competence, law: Law) -> bool:
    """True when the body that received it is the competent one."""
    return law.body_of(filed.received_by, received_on(filed)) == competence.authority


def is_below_receiver(filed: PetitionFiled, competence: Competence, law: Law) -> bool:
    """True when who accepted the matter stands below the body that received it, or is an agency of its own."""
    on = received_on(filed)
    body, lower = law.body_of(filed.received_by, on), _who_accepted(filed, competence, law)
    if lower == body:
        return _is_inside(filed) and _nothing_new(filed, law)
    return lower is not None and law.units.covers(body, lower, on)


def _who_accepted(filed: PetitionFiled, competence: Competence, law: Law) -> UnitId | None:
    """Who settles first: the competent body; of a second complaint, and of an agency inside, the one complained of."""
    is_competent = filed.instance is Instance.FIRST and not (competence.authority is None and _is_inside(filed))
    if is_competent or filed.kind is not PetitionKind.COMPLAINT:
        return competence.authority
    return body_answering(filed.respondent_unit or filed.matter_unit, filed, law, received_on(filed))


def _is_inside(filed: PetitionFiled) -> bool:
    """The first settler is an agency or public unit inside the unit named."""
    return filed.known.respondent_place in {RespondentPlace.SUBORDINATE_AGENCY, RespondentPlace.PUBLIC_UNIT}
