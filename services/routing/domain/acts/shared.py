"""What the acts share: what they answer, and who may decide."""

from collections.abc import Sequence
from typing import Final

from contracts.errors import Refused
from contracts.facts.base import Fact
from contracts.facts.routing import (
    CaseFact,
)
from contracts.ids import UnitId
from contracts.vocabulary import (
    PetitionKind,
)
from services.routing.domain.case import Case, spoken

Decided = tuple[Case, Sequence[Fact]]

KNPA: Final = frozenset({PetitionKind.RECOMMENDATION, PetitionKind.FEEDBACK})
"""Recommendations and feedback (kiến nghị, phản ánh)."""


def said(case: Case, *facts: CaseFact) -> Decided:
    return case, spoken(case, facts)


def must_settle(case: Case, by: UnitId) -> None:
    """Only who is competent and has the petition decides on it."""
    if case.competent_authority is None or by != case.competent_authority or by != case.held_by:
        raise Refused(
            "not_competent",
            "Đơn vị này không có thẩm quyền giải quyết hoặc không giữ vụ việc.",
            unit=by,
            competent_authority=case.competent_authority or "",
            held_by=case.held_by,
        )
