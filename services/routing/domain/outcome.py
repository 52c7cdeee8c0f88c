"""What follows from a petition: the first line of the matrix that fits, who holds it, and which clocks start."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Final

from contracts.errors import BadInput
from contracts.facts.intake import PetitionFiled
from contracts.ids import UnitId
from contracts.law.authorities import SpecialMatter
from contracts.law.rows import Variant
from contracts.law.secrecy import accused_unit, is_confidential
from contracts.vocabulary import DeclineGround, Duty, Instance, Outcome, PetitionKind, UnitLevel
from services.routing.domain.competence import Competence, competent, desk_unit, is_near_the_accused, received_on
from services.routing.domain.groups import check_representatives, is_large_group, representatives_allowed
from services.routing.domain.law import Law
from services.routing.domain.matrix import Found, matrix
from services.routing.domain.matrix.found import IN_PERSON, RECEPTION_CHANNELS
from services.routing.domain.matrix.lines import is_forwarded

__all__ = [
    "IN_PERSON",
    "LAPSED_RULE",
    "Route",
    "Tried",
    "check_representatives",
    "is_large_group",
    "representatives_allowed",
    "route",
]

LAPSED_RULE: Final = "R14"
"""Filed away: asked for what was missing, the petitioner did not answer in time."""

_NOT_PROCESSED: Final = frozenset({Outcome.SHELVE, Outcome.INSPECT})
"""Nobody decides on it, but somebody has to file it away or look into it: the red line watches that."""
_PENDING: Final = "R21"
"""A copy of what is pending: it gets no clock of its own (R21)."""
_BY_LETTER: Final = "R07"
_GIVES_BACK: Final = frozenset({Outcome.GUIDE, Outcome.DECLINE, Outcome.SHELVE, Outcome.SPLIT})
"""Outcomes after which attached originals go back (R18)."""
_SEVERAL: Final = 2


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
    variant: Variant
    """In what circumstances these clocks are counted; a clock that knows no such variant is counted as usual."""
    duties: tuple[Duty, ...]
    """What has to be done besides, at once."""
    tried: tuple[Tried, ...]


def route(filed: PetitionFiled, law: Law, *, for_body: UnitId | None = None) -> Route:
    """The first rule of the matrix that fits. Never refuses a day: where our tables know no law of that day, there are
    no articles and no clocks, and an officer decides. ``for_body``: the body it was transferred to, which then counts
    as receiver and as competent.
    """
    return _routed(filed, law, for_body)


def lines_at(filed: PetitionFiled, body: UnitId, law: Law) -> Iterator[Found]:
    """Every line of the matrix, also after one that decides, as if the petition had come to that competent body."""
    at_home = filed.model_copy(update={"received_by": body})
    return matrix(at_home, Competence(body, "", ()), law)


@lru_cache(maxsize=256)
def _routed(filed: PetitionFiled, law: Law, for_body: UnitId | None) -> Route:
    """Kept for a moment: who opens a case explains it next, and the same values give the same route."""
    on = received_on(filed)
    competence = competent(filed, law)
    if for_body is not None:
        filed = filed.model_copy(update={"received_by": for_body})
        competence = Competence(for_body, "Đơn đã được chuyển đến cơ quan này.", competence.articles)
    found, tried, duties = _decided(filed, competence, law)
    competence = _by_the_line(found, competence, law, on)
    holder = _holder(filed, competence, found.outcome, law, on)
    is_sent = found.rule == _BY_LETTER and found.outcome is Outcome.TRANSFER
    if is_sent and holder == competence.authority:
        found, tried, duties = _come_home(filed, holder, competence, (found, tried, duties), law)
        competence = _by_the_line(found, competence, law, on)
    elif is_near_the_accused(filed, law.body_of(filed.received_by, on), law, on):
        name = law.units.name_of(holder)
        why = f"{tried[-1].why} Nơi nhận đơn thuộc quyền người bị tố cáo: {name} giữ đơn, xử lý bước này."
        tried = (*tried[:-1], replace(tried[-1], why=why))
    row = law.find_rule(found.rule, on)
    return Route(
        outcome=found.outcome,
        rule=found.rule,
        articles=row.articles if row else (),
        competence=competence,
        held_by=holder,
        is_bypass_level=_is_bypass_level(filed, competence, law, on),
        is_large_group=is_large_group(filed),
        decline_ground=found.ground,
        clocks=tuple(clock for clock in _clocks(filed, found) if law.catalogue.find_clock(clock, on)),
        variant=_variant(filed),
        duties=duties,
        tried=tried,
    )


def _by_the_line(found: Found, competence: Competence, law: Law, on: date) -> Competence:
    """Who is competent: whoever the line names, else who settles petitions of this kind."""
    if found.authority is None:
        return competence
    row = law.find_rule(found.rule, on)
    return replace(competence, authority=found.authority, why=found.why, articles=row.articles if row else ())


_Decision = tuple[Found, tuple[Tried, ...], tuple[Duty, ...]]


def _decided(filed: PetitionFiled, competence: Competence, law: Law) -> _Decision:
    """The line that decides, all that were tried, and all duties of those that fit."""
    tried: list[Tried] = []
    duties: list[Duty] = []
    for found in matrix(filed, competence, law):
        last = Tried(found.rule, found.fits, found.why)
        if found.fits:
            duties += found.duties
            if found.ends:
                duties += _always(filed)
                originals = _originals(filed, found)
                duties += (Duty.RETURN_ORIGINALS for _ in originals)
                return found, (*tried, *originals, last), tuple(dict.fromkeys(duties))
        tried.append(last)
    raise BadInput("no_rule_fits", "Không có quy tắc nào áp dụng cho đơn này.")


def _come_home(filed: PetitionFiled, home: UnitId, competence: Competence, sent: _Decision, law: Law) -> _Decision:
    """A letter to the accused's own body is kept from it: with whoever is competent it counts as received there, on
    the same day, and the denouncer is told."""
    _, before, owed = sent
    found, tried, duties = _decided(filed.model_copy(update={"received_by": home}), competence, law)
    name = law.units.name_of(home)
    why = f"Đơn gửi đến nơi của người bị tố cáo: {name} giữ và có thẩm quyền, thời hạn tính từ ngày nhận đơn."
    told = Tried(_BY_LETTER, fits=True, why=why)
    kept = tuple(one for one in before if one.rule != _BY_LETTER and one not in tried)
    return found, (*kept, told, *tried), tuple(dict.fromkeys((*owed, *duties)))


def _always(filed: PetitionFiled) -> Iterator[Duty]:
    """What is owed whatever the line: who sent it on is answered (LTCD 27(2), LTC 26(2)); protection that was asked
    for is passed on at once (LTC 50, 51).
    """
    if is_forwarded(filed):
        yield Duty.ANSWER_SENDER
    if is_confidential(filed.kind) and filed.asks_identity_protection:
        yield Duty.PROTECT_DENOUNCER


def _originals(filed: PetitionFiled, found: Found) -> tuple[Tried, ...]:
    if filed.known.has_originals is not True or found.outcome not in _GIVES_BACK:
        return ()
    return (
        Tried("R18", fits=True, why="Đơn kèm bản gốc giấy tờ, tài liệu và không được thụ lý tại đây: trả lại bản gốc."),
    )


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
    above = dict.fromkeys((*(unit.id for unit in law.above(accused, on)), *(one.id for one in law.ever_above(accused))))
    far = [unit for unit in above if not is_near_the_accused(filed, unit, law, on)]
    standing = next((unit for unit in far if law.units.is_open(unit, on)), None)
    if standing is not None and law.is_outside(standing, on):
        return _keeper_within(filed, law, on) or standing
    # Before the tree of units begins, nothing stands: then whoever is known to have stood above.
    return standing or competence.authority or _keeper(filed, law, on) or next(iter(far), body)


def _keeper_within(filed: PetitionFiled, law: Law, on: date) -> UnitId | None:
    """Who in the province keeps and sends on what nobody standing above the accused here may hold."""
    unit = _keeper(filed, law, on)
    known = law.find(unit, on) if unit else None
    return None if known is None or known.level is UnitLevel.CENTRAL else known.id


def _keeper(filed: PetitionFiled, law: Law, on: date) -> UnitId | None:
    """Who keeps it when nobody stands above the accused."""
    row = law.authorities.desk(SpecialMatter.KEEPER, on)
    return desk_unit(row, filed, law, on) if row else None


def _variant(filed: PetitionFiled) -> Variant:
    is_many = (filed.known.places_to_verify or 0) >= _SEVERAL or filed.known.is_check_delegated is True
    if filed.kind is PetitionKind.DENUNCIATION and is_many:
        return Variant.SEVERAL_PLACES
    return Variant.ORDINARY


def _clocks(filed: PetitionFiled, found: Found) -> Iterator[str]:
    """Which clocks the receipt starts. The answer to who sent a denunciation on is owed whatever comes of it."""
    if is_confidential(filed.kind) and is_forwarded(filed):
        yield "T9"
    if found.outcome in _NOT_PROCESSED:
        yield from _clocks_of_what_is_filed_away(filed, found)
        return
    if filed.channel in RECEPTION_CHANNELS:
        yield "R1"
    is_denunciation = filed.kind is PetitionKind.DENUNCIATION
    if not is_denunciation:
        yield "X1"
    if filed.kind is PetitionKind.COMPLAINT and found.outcome in {Outcome.ACCEPT_PROPOSE, Outcome.DECLINE}:
        yield "K2"
    if is_denunciation:
        yield from _clocks_of_denunciation(found)
    yield "R10"


def _clocks_of_what_is_filed_away(filed: PetitionFiled, found: Found) -> Iterator[str]:
    """Who came in person is answered all the same, unless nobody is known who could be."""
    is_nameless = filed.is_anonymous or filed.known.is_false_identity is True
    if filed.channel in RECEPTION_CHANNELS and found.rule != _PENDING and not is_nameless:
        yield "R1"
    yield "R10"


def _clocks_of_denunciation(found: Found) -> Iterator[str]:
    if found.outcome is Outcome.TRANSFER:
        yield "T2"
    elif found.rule == "R07b":
        yield "T10"
    elif found.outcome in {Outcome.ACCEPT_PROPOSE, Outcome.DECLINE}:
        yield "T1"
