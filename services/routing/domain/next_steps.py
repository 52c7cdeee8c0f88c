"""What may lawfully follow in a case: the closed table, then the live acts themselves, tried and thrown away."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from contracts.errors import TiepdanError
from contracts.law.source import Row
from contracts.vocabulary import CompetenceRefusalGround, DeclineGround, PetitionKind
from services.routing.domain import acts
from services.routing.domain.acts.shared import KNPA
from services.routing.domain.case import CLOSING, TRANSITIONS, Action, Case, Status
from services.routing.domain.competence import received_on
from services.routing.domain.law import Law

_NUMBER: Final = "1/TB"
"""A trial is thrown away: it bears no number that anybody could take for one."""
_NOT_KNOWN_HERE: Final = frozenset({"no_place"})
"""Refusals that only say that the order has to name a place itself."""
_POSSIBLE: Final[Mapping[Status, tuple[Action, ...]]] = {
    status: tuple(action for before, action in TRANSITIONS if before is status and action is not Action.TRANSFER_OUT)
    for status in Status
}
"""By the table. A transfer out of the province is tried with every other transfer: the place decides which it is."""


class NextAction(Row):
    """Something that may lawfully follow."""

    action: Action
    label: str


_LAWFUL: Final = {action: NextAction(action=action, label=action.label) for action in Action}


class BarredAction(Row):
    """Something that the table knows at this point and the law refuses in this case."""

    action: Action
    label: str
    code: str
    why: str


def next_steps(case: Case, law: Law) -> tuple[tuple[NextAction, ...], tuple[BarredAction, ...]]:
    """What the holder may do next, and what is barred and why. First steps are tried; later acts follow the table."""
    lawful, barred = [], []
    for action, refusal in _tried(case, law):
        if refusal is None:
            lawful.append(_LAWFUL[action])
        else:
            barred.append(BarredAction(action=action, label=action.label, code=refusal.code, why=refusal.sentence))
    return tuple(lawful), tuple(barred)


def _tried(case: Case, law: Law) -> Iterator[tuple[Action, TiepdanError | None]]:
    for action in _POSSIBLE.get(case.status, ()):
        trial = _TRIALS.get(action)
        if trial is None:
            yield action, None
            continue
        try:
            after = trial(case, law)
        except TiepdanError as refusal:
            yield action, None if refusal.code in _NOT_KNOWN_HERE else refusal
        else:
            is_out = action is Action.TRANSFER and after.status is Status.TRANSFERRED
            yield Action.TRANSFER_OUT if is_out else action, None


def _accepted(case: Case, law: Law) -> Case:
    return acts.accept(case, by=case.held_by, on=received_on(case.filed), law=law)[0]


def _declined(case: Case, law: Law) -> Case:
    is_denunciation = case.kind is PetitionKind.DENUNCIATION
    ground = DeclineGround.NO_DENUNCIATION_CONDITIONS if is_denunciation else DeclineGround.NOT_DIRECTLY_AFFECTED
    if case.kind in KNPA:
        ground = DeclineGround.COURT_SEIZED
    return acts.decline(case, by=case.held_by, ground=ground, on=received_on(case.filed), law=law)[0]


def _guided(case: Case, law: Law) -> Case:
    return acts.guide(case, to=None, on=received_on(case.filed), law=law)[0]


def _split(case: Case, law: Law) -> Case:
    return acts.split(case, document_number=_NUMBER, on=received_on(case.filed), law=law)[0]


def _inspected(case: Case, law: Law) -> Case:
    by, on = case.held_by, received_on(case.filed)
    return acts.order_inspection(case, document_number=_NUMBER, by=by, on=on, law=law)[0]


def _reported(case: Case, law: Law) -> Case:
    by, on = case.held_by, received_on(case.filed)
    return acts.report(case, document_number=_NUMBER, by=by, on=on, law=law)[0]


def _transferred(case: Case, law: Law) -> Case:
    to = case.competent_authority or case.held_by
    return acts.transfer(case, to=to, by=case.held_by, on=received_on(case.filed), law=law)[0]


def _urged(case: Case, law: Law) -> Case:
    by, on = case.held_by, received_on(case.filed)
    return acts.urge(case, report_by=on, document_number=_NUMBER, by=by, on=on, law=law)[0]


def _discontinued(case: Case, law: Law) -> Case:
    by, on = case.held_by, received_on(case.filed)
    return acts.discontinue(case, by=by, document_number=_NUMBER, on=on, law=law)[0]


def _competence_refused(case: Case, law: Law) -> Case:
    ground, on = CompetenceRefusalGround.OTHER_FIELD, received_on(case.filed)
    return acts.refuse_competence(case, ground=ground, document_number=_NUMBER, by=case.held_by, on=on, law=law)[0]


def _closed(case: Case, law: Law) -> Case:
    """On any ground that the status bears. What is still owed or waited for bars it for a time only: an officer sees
    that when the time has come."""
    refusal: TiepdanError | None = None
    for ground in sorted(CLOSING.get(case.status, ())):
        try:
            return acts.close(case, ground=ground, on=received_on(case.filed), law=law, document_number=_NUMBER)[0]
        except TiepdanError as error:
            refusal = error
    if refusal is not None and refusal.code == "wrong_ground":
        raise refusal
    return case


_TRIALS: Final[Mapping[Action, Callable[[Case, Law], Case]]] = {
    Action.ACCEPT: _accepted,
    Action.DECLINE: _declined,
    Action.GUIDE: _guided,
    Action.TRANSFER: _transferred,
    Action.SPLIT: _split,
    Action.INSPECT: _inspected,
    Action.REPORT: _reported,
    Action.URGE: _urged,
    Action.DISCONTINUE: _discontinued,
    Action.REFUSE_COMPETENCE: _competence_refused,
    Action.CLOSE: _closed,
}
"""Acts that need nothing but the case: whether they are lawful does not depend on what an officer would write."""
