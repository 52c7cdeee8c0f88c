"""The routing matrix R01–R22 (domain.md §2.6), line by line, in the order in which the lines are tried.

The asymmetry is the heart of it: a complaint elsewhere is guided, a denunciation by letter transferred, a denunciation
in person guided, a recommendation transferred.

``found``           one line: the rule, whether it fits, why, and what it leads to
``lines``           lines that several kinds share
``complaint``       khiếu nại: R01–R06, R14, R19
``denunciation``    tố cáo: R05, R07–R11, R20
``recommendation``  kiến nghị, phản ánh: R12–R14
"""

from collections.abc import Iterator
from dataclasses import replace

from contracts.facts.intake import PetitionFiled
from contracts.vocabulary import Outcome, PetitionKind
from services.routing.domain.competence import Competence
from services.routing.domain.law import Law
from services.routing.domain.matrix.complaint import of_complaint
from services.routing.domain.matrix.denunciation import crime, of_denunciation, without_a_name
from services.routing.domain.matrix.found import RECEPTION_CHANNELS, Found
from services.routing.domain.matrix.lines import eligibility
from services.routing.domain.matrix.recommendation import of_recommendation

__all__ = ["Found", "matrix"]


def matrix(filed: PetitionFiled, competence: Competence, law: Law) -> Iterator[Found]:
    """The lines for this petition, in order. The first that fits and ends decides."""
    yield from eligibility(filed)
    match filed.kind:
        case PetitionKind.MIXED:
            yield from _of_mixed(filed, law)
        case PetitionKind.COMPLAINT:
            yield from of_complaint(filed, competence, law)
        case PetitionKind.DENUNCIATION:
            yield from of_denunciation(filed, competence, law)
        case PetitionKind.RECOMMENDATION | PetitionKind.FEEDBACK:
            yield from of_recommendation(filed, competence, law)


def _of_mixed(filed: PetitionFiled, law: Law) -> Iterator[Found]:
    """To be split by who sent it. Until then it may hold a denunciation and is owed what one needs: signs of crime are
    referred at once, and where nobody is there to split it, its evidence is looked into.
    """
    yield replace(crime(filed, law), ends=False)
    if filed.channel not in RECEPTION_CHANNELS:
        yield without_a_name(filed)
    yield Found("R15", True, "Đơn vừa khiếu nại, vừa tố cáo hoặc kiến nghị.", Outcome.SPLIT)
