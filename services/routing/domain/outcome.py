"""The routing matrix: what the law says to do with a petition, by which rule, and which clocks start.

The asymmetry is the heart of it: a complaint elsewhere is guided, a denunciation by letter transferred, a denunciation
in person guided, a recommendation transferred (domain.md §2.6).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from contracts.errors import BadInput
from contracts.facts.intake import PetitionFiled
from contracts.ids import UnitId
from contracts.law.secrecy import accused_unit
from contracts.vocabulary import Channel, DeclineGround, Instance, Outcome, PetitionKind
from services.routing.domain.competence import Competence, competent, is_near_the_accused, received_on
from services.routing.domain.law import Law

LARGE_GROUP_SIGNERS: Final = 5
"""From five people with the same content on, representatives are named (LTCD 29)."""
MANY_SIGNERS: Final = 10
FEW_REPRESENTATIVES: Final = 2
MOST_REPRESENTATIVES: Final = 5

RECEPTION_CHANNELS: Final = frozenset({Channel.COUNTER, Channel.WEB, Channel.ZALO, Channel.PHONE})
"""Where somebody waits for an answer after reception (R1); letters and forwarded petitions have X1 or T1, T2."""
IN_PERSON: Final = frozenset({Channel.COUNTER, Channel.PHONE})
UNSIGNED_BY_NATURE: Final = frozenset({Channel.WEB, Channel.ZALO, Channel.PHONE})

LAPSED_RULE: Final = "R14"
"""Filed away: asked for what was missing, the petitioner did not answer in time."""

_NOT_WATCHED: Final = frozenset({Outcome.SHELVE, Outcome.INSPECT})


@dataclass(frozen=True, slots=True)
class Tried:
    """A rule that was looked at, and why it fits or does not."""

    rule: str
    fits: bool
    why: str


@dataclass(frozen=True, slots=True)
class Route:
    """What follows from a petition."""

    outcome: Outcome
    rule: str
    articles: tuple[str, ...]
    competence: Competence
    held_by: UnitId
    is_bypass_level: bool
    is_large_group: bool
    decline_ground: DeclineGround | None
    clocks: tuple[str, ...]
    tried: tuple[Tried, ...]


@dataclass(frozen=True, slots=True)
class _Found:
    """One line of the matrix: which rule, whether it fits, why, and what it leads to if it does."""

    rule: str
    fits: bool
    why: str
    outcome: Outcome
    ground: DeclineGround | None = None


def route(filed: PetitionFiled, law: Law, *, for_body: UnitId | None = None) -> Route:
    """The first rule of the matrix that fits. Never refuses a day: where our tables know no law of that day, there are
    no articles and no clocks, and an officer decides. ``for_body``: the body it was transferred to, which then counts
    as receiver and as competent.
    """
    on = received_on(filed)
    competence = competent(filed, law)
    if for_body is not None:
        filed = filed.model_copy(update={"received_by": for_body})
        competence = Competence(for_body, "Đơn đã được chuyển đến cơ quan này.", competence.articles)
    tried = []
    for found in _matrix(filed, competence, law):
        tried.append(Tried(found.rule, found.fits, found.why))
        if found.fits:
            break
    else:
        raise BadInput("no_rule_fits", "Không có quy tắc nào áp dụng cho đơn này.")
    row = law.find_rule(found.rule, on)
    return Route(
        outcome=found.outcome,
        rule=found.rule,
        articles=row.articles if row else (),
        competence=competence,
        held_by=_holder(filed, competence, found.outcome, law, on),
        is_bypass_level=_is_bypass_level(filed, competence, law, on),
        is_large_group=is_large_group(filed),
        decline_ground=found.ground,
        clocks=tuple(clock for clock in _clocks(filed, found) if law.catalogue.find_clock(clock, on)),
        tried=tuple(tried),
    )


def is_large_group(filed: PetitionFiled) -> bool:
    """True from five signers with the same content on."""
    return filed.signer_count >= LARGE_GROUP_SIGNERS


def representatives_allowed(signer_count: int) -> range:
    """How many representatives the law allows: 5–10 people one or two, more than ten up to five (LTCD 29)."""
    if signer_count < LARGE_GROUP_SIGNERS:
        return range(signer_count + 1)
    most = FEW_REPRESENTATIVES if signer_count <= MANY_SIGNERS else MOST_REPRESENTATIVES
    return range(1, most + 1)


def check_representatives(signer_count: int, representative_count: int) -> None:
    """Errors: BadInput("representatives") when the group may not be represented by so many."""
    allowed = representatives_allowed(signer_count)
    if representative_count not in allowed:
        raise BadInput(
            "representatives",
            f"{signer_count} người cùng nội dung: cử từ {allowed[0]} đến {allowed[-1]} người đại diện trong số họ.",
            signers=signer_count,
            representatives=representative_count,
        )


def _matrix(filed: PetitionFiled, competence: Competence, law: Law) -> Iterator[_Found]:
    match filed.kind:
        case PetitionKind.MIXED:
            yield _Found("R15", True, "Đơn vừa khiếu nại, vừa tố cáo hoặc kiến nghị.", Outcome.SPLIT)
        case PetitionKind.COMPLAINT:
            yield from _complaint(filed, competence, law)
        case PetitionKind.DENUNCIATION:
            yield from _denunciation(filed, competence, law)
        case PetitionKind.RECOMMENDATION | PetitionKind.FEEDBACK:
            yield from _recommendation(filed, competence, law)


def _complaint(filed: PetitionFiled, competence: Competence, law: Law) -> Iterator[_Found]:
    ours = _is_ours(filed, competence, law)
    waits = _is_waiting_below(filed, competence, law)
    yield _Found("R05", waits, "Cấp dưới đã thụ lý, chưa giải quyết xong.", Outcome.URGE_LOWER)
    forwarded = filed.channel is Channel.FORWARDED
    yield _Found("R04", forwarded and not ours, "Cơ quan khác chuyển đến, không thuộc thẩm quyền.", Outcome.GUIDE)
    yield _Found("R03", not ours, competence.why, Outcome.GUIDE)
    yield from _complaint_conditions(filed, law)
    yield _Found("R01", True, competence.why, Outcome.ACCEPT_PROPOSE)


def _complaint_conditions(filed: PetitionFiled, law: Law) -> Iterator[_Found]:
    """Within competence: grounds not to accept (LKN 11), then what is missing."""
    affected, late = filed.is_directly_affected, _is_late(filed, law)
    yield _Found(
        "R01a",
        not affected,
        "Người khiếu nại không bị quyết định, hành vi tác động trực tiếp."
        if not affected
        else "Người khiếu nại bị tác động trực tiếp.",
        Outcome.DECLINE,
        DeclineGround.NOT_DIRECTLY_AFFECTED,
    )
    why = _why_late(filed, law) if late else "Còn thời hiệu khiếu nại."
    yield _Found("R01a", late, why, Outcome.DECLINE, DeclineGround.LIMITATION_EXPIRED)
    unsigned = Outcome.INVITE_TO_SIGN if filed.channel in UNSIGNED_BY_NATURE else Outcome.SUPPLEMENT
    signed = "Đã ký hoặc điểm chỉ." if filed.is_signed else "Chưa có chữ ký hoặc điểm chỉ."
    yield _Found("R02", not filed.is_signed, signed, unsigned)
    bare = filed.instance is Instance.SECOND and not _window_opens_on(filed, law)
    yield _Found("R02", bare, "Khiếu nại lần hai cần quyết định giải quyết lần đầu.", Outcome.SUPPLEMENT)
    yield _without_representatives(filed)


def _denunciation(filed: PetitionFiled, competence: Competence, law: Law) -> Iterator[_Found]:
    known = filed.respondent_unit is not None and filed.respondent_post is not None
    evident = known and filed.attachment_count > 0
    yield _Found(
        "R10",
        filed.is_anonymous,
        "Không có họ tên, địa chỉ người tố cáo; có nội dung và chứng cứ cụ thể."
        if evident
        else "Không có họ tên, địa chỉ người tố cáo.",
        Outcome.INSPECT if evident else Outcome.SHELVE,
    )
    yield _Found("R10", not filed.is_signed, "Chưa ký, chưa đúng hình thức tố cáo.", Outcome.INVITE_TO_SIGN)
    waits = _is_waiting_below(filed, competence, law)
    yield _Found("R05", waits, "Cấp dưới đã thụ lý, chưa giải quyết xong.", Outcome.URGE_LOWER)
    if competence.authority is not None and not _is_ours(filed, competence, law):
        in_person = filed.channel in IN_PERSON
        yield _Found("R08", in_person, f"Tố cáo trực tiếp. {competence.why}", Outcome.GUIDE)
        yield _Found("R07", True, f"Đơn gửi đến. {competence.why}", Outcome.TRANSFER)
    yield _without_representatives(filed)
    is_known = competence.authority is not None
    yield _Found("R07a", True, competence.why, Outcome.ACCEPT_PROPOSE if is_known else Outcome.SUPPLEMENT)


def _recommendation(filed: PetitionFiled, competence: Competence, law: Law) -> Iterator[_Found]:
    elsewhere = competence.authority is not None and not _is_ours(filed, competence, law)
    yield _Found("R13", elsewhere, competence.why, Outcome.TRANSFER)
    yield _without_representatives(filed)
    yield _Found("R12", True, competence.why, Outcome.ACCEPT_PROPOSE)


def _without_representatives(filed: PetitionFiled) -> _Found:
    missing = is_large_group(filed) and not filed.has_representatives
    why = (
        f"{filed.signer_count} người cùng nội dung, chưa cử người đại diện."
        if missing
        else "Không thiếu người đại diện."
    )
    return _Found("R22", missing, why, Outcome.SUPPLEMENT)


def _is_ours(filed: PetitionFiled, competence: Competence, law: Law) -> bool:
    return law.body_of(filed.received_by, received_on(filed)) == competence.authority


def _is_below_receiver(filed: PetitionFiled, unit_id: UnitId | None, law: Law) -> bool:
    on = received_on(filed)
    body = law.body_of(filed.received_by, on)
    return unit_id is not None and unit_id != body and law.units.covers(body, unit_id, on)


def _is_waiting_below(filed: PetitionFiled, competence: Competence, law: Law) -> bool:
    """A lower body accepted it and still has time, or the citizen only asks for help and lodges nothing new."""
    if filed.lower_accepted_on is None or filed.earlier_decision_received_on is not None:
        return False
    if filed.instance is Instance.FIRST:
        return _is_below_receiver(filed, competence.authority, law)
    return _window_opens_on(filed, law) is None


def _window_opens_on(filed: PetitionFiled, law: Law) -> date | None:
    """When the time for a second complaint begins: the first decision was received, or its time ran out (LKN 33).

    Where that time cannot be counted (before the law we know), it counts as run out from the day of acceptance.
    """
    if filed.earlier_decision_received_on is not None:
        return filed.earlier_decision_received_on
    if filed.lower_accepted_on is None:
        return None
    read = law.find_reading("K3", filed.lower_accepted_on)
    expiry = read.rolled_due if read else filed.lower_accepted_on
    return expiry if received_on(filed) > expiry else None


def _is_late(filed: PetitionFiled, law: Law) -> bool:
    """Counted from before the law we know, it counts as late: an officer looks, and may accept all the same."""
    first = filed.instance is Instance.FIRST
    start = filed.decision_known_on if first else _window_opens_on(filed, law)
    if start is None:
        return False
    read = law.find_reading("K1" if first else "K5", start)
    return received_on(filed) > (read.rolled_due if read else start)


def _why_late(filed: PetitionFiled, law: Law) -> str:
    first = filed.instance is Instance.FIRST
    start = filed.decision_known_on if first else _window_opens_on(filed, law)
    if start is None or law.find_reading("K1" if first else "K5", start):
        return "Quá thời hiệu khiếu nại."
    return f"Không có quy định thời hiệu của ngày {start:%d/%m/%Y} để tính: coi là đã quá, cán bộ xem xét lại."


def _is_bypass_level(filed: PetitionFiled, competence: Competence, law: Law, on: date) -> bool:
    """Filed above the competent level without having been filed there."""
    if filed.instance is Instance.SECOND or filed.lower_accepted_on is not None:
        return False
    body = law.body_of(filed.received_by, on)
    lower = competence.authority
    return lower is not None and lower != body and law.units.covers(body, lower, on)


def _holder(filed: PetitionFiled, competence: Competence, outcome: Outcome, law: Law, on: date) -> UnitId:
    """The unit that has to act next: never the accused one, nor anything below it."""
    if outcome is Outcome.ACCEPT_PROPOSE and competence.authority is not None:
        return competence.authority
    body = law.body_of(filed.received_by, on)
    if not is_near_the_accused(filed, body, law, on):
        return body
    accused = accused_unit(filed) or body
    above = (*law.above(accused, on), *law.ever_above(accused))
    far = (unit.id for unit in above if not is_near_the_accused(filed, unit.id, law, on))
    return next(far, competence.authority or body)


def _clocks(filed: PetitionFiled, found: _Found) -> Iterator[str]:
    """Which clocks the receipt starts."""
    if found.outcome in _NOT_WATCHED:
        return
    if filed.channel in RECEPTION_CHANNELS:
        yield "R1"
    is_denunciation = filed.kind is PetitionKind.DENUNCIATION
    if not is_denunciation:
        yield "X1"
    if filed.kind is PetitionKind.COMPLAINT and found.outcome in {Outcome.ACCEPT_PROPOSE, Outcome.DECLINE}:
        yield "K2"
    if is_denunciation and found.outcome is Outcome.ACCEPT_PROPOSE:
        yield "T1"
    if is_denunciation and found.outcome is Outcome.TRANSFER:
        yield "T2"
    yield "R10"
