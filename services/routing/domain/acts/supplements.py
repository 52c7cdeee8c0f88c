"""Asking the petitioner to complete the petition: what may be asked for, and which clocks wait for it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Final

from contracts.errors import Refused
from contracts.facts.intake import PetitionFiled
from contracts.facts.routing import CaseSupplementRequested
from contracts.law.rows import Act, Start
from contracts.vocabulary import (
    Instance,
    MissingPart,
    PetitionerRole,
    PetitionKind,
)
from services.routing.domain.acts.shared import Decided, said
from services.routing.domain.case import INCOMPLETE, Action, Case, about, following, moved
from services.routing.domain.deadlines import CaseClock, all_ended, row_of
from services.routing.domain.law import Law


def request_supplement(
    case: Case, *, on: date, answer_within_days: int, law: Law, missing: Sequence[MissingPart] = ()
) -> Decided:
    """Ask the petitioner to complete the petition. ``missing``: what, where the route itself says nothing is.

    The red line runs on from receipt. The acceptance clock waits once, for a condition of acceptance that was named in
    time; asked again, or for what only helps, it runs on. When nothing came by the last day, time brings the case back
    to the holder (``rerouting.lapsed``). Errors: Refused("nothing_missing"); Refused("not_missing") naming the part.
    """
    status = following(case, Action.REQUEST_SUPPLEMENT)
    named = tuple(dict.fromkeys(missing))
    must_lack(case, named)
    answer_by = law.calendar.add_working_days(on, answer_within_days)
    asked = case.model_copy(update={"missing": named})
    after = moved(
        asked,
        law,
        status=status,
        answer_by=answer_by,
        asked_on=(*case.asked_on, on),
        clocks=tuple(_waiting(clock, asked, on, law) for clock in case.clocks),
    )
    fact = CaseSupplementRequested(**about(after), requested_on=on, answer_by=answer_by, missing=named)
    return said(after, fact)


def must_lack(case: Case, missing: Sequence[MissingPart]) -> None:
    """Something is missing: what is named, or what the route itself says. Errors: those of ``request_supplement``."""
    if not missing and case.outcome not in INCOMPLETE:
        raise Refused(
            "nothing_missing", "Đơn không thiếu gì theo quy định: nêu phần còn thiếu, hoặc xử lý đơn.", rule=case.rule
        )
    for part in missing:
        if part in _THERE and _THERE[part](case.filed):
            raise Refused("not_missing", f"Theo hồ sơ, đơn không thiếu {part.label}.", missing=part)


def _waiting(clock: CaseClock, case: Case, on: date, law: Law) -> CaseClock:
    """The clock after the petitioner was asked: answered, processed, or waiting for the complete petition."""
    row, is_first = row_of(clock, law), not case.asked_on
    match row.fulfilled_by:
        case Act.ANSWERED if row.start is Start.RECEIVED_AT_RECEPTION:
            ends = True
        case Act.HANDLED:
            ends = is_first and not row.is_red_line
        case Act.ANSWERED | Act.ACCEPTED_OR_DECLINED:
            ends = is_first and case.lacks_a_condition and on <= clock.reading.rolled_due
        case _:
            ends = False
    return all_ended([clock], on)[0] if ends else clock


_THERE: Final[Mapping[MissingPart, Callable[[PetitionFiled], bool]]] = {
    MissingPart.SIGNATURE: lambda filed: filed.is_signed and not filed.is_anonymous,
    MissingPart.CONTESTED_DECISION: lambda filed: filed.kind is not PetitionKind.COMPLAINT,
    MissingPart.FIRST_DECISION: lambda filed: filed.instance is Instance.FIRST,
    MissingPart.POWER: lambda filed: filed.known.petitioner_role is PetitionerRole.SELF,
    MissingPart.REPRESENTATIVES: lambda filed: filed.signer_count <= 1,
    MissingPart.ALL_SIGNATURES: lambda filed: filed.signer_count <= 1 or filed.known.have_all_signed is True,
    MissingPart.TRANSLATION: lambda filed: filed.known.is_foreign_untranslated is False,
    MissingPart.VIOLATOR: lambda filed: (
        filed.kind is not PetitionKind.DENUNCIATION or filed.known.is_violator_identifiable is True
    ),
}
"""When a part is there, or is nothing that this petition needs."""
