"""What may lawfully follow: what the table allows, less what the live acts refuse in this very case."""

import pytest

from contracts.errors import TiepdanError
from services.routing.domain import acts
from services.routing.domain.case import Action
from services.routing.domain.next_steps import next_steps
from tests.routing.asked import petition, told
from tests.routing.given import LAW, case_of, day, denounced, filed


def lawful(case_id: str) -> set[str]:
    return {step.action.value for step in told(petition(case_id)).explanation.next_actions}


def barred(case_id: str) -> dict[str, str]:
    return {step.action.value: step.code for step in told(petition(case_id)).explanation.barred_actions}


@pytest.mark.parametrize(
    ("case_id", "may", "may_not"),
    [
        ("C13", {"accept", "decline"}, {"guide": "own_competence", "transfer": "must_guide"}),
        ("C03", {"guide"}, {"accept": "not_competent", "transfer": "must_guide", "decline": "not_competent"}),
        ("D01", {"transfer"}, {"accept": "not_competent", "guide": "must_transfer", "decline": "not_competent"}),
        ("E01", {"transfer_out"}, {"accept": "not_competent", "guide": "must_transfer", "decline": "not_competent"}),
        ("D10", {"decline"}, {"accept": "not_signed", "guide": "must_transfer", "transfer": "same_unit"}),
    ],
)
def test_the_asymmetry_shows_in_what_may_follow(case_id: str, may: set[str], may_not: dict[str, str]) -> None:
    firsts = {"accept", "decline", "guide", "transfer", "transfer_out"}
    assert lawful(case_id) & firsts == may
    assert {action: code for action, code in barred(case_id).items() if action in firsts} == may_not


def test_what_is_barred_is_what_the_live_act_refuses_with_the_same_words() -> None:
    case = case_of(denounced("2026-08-24", received_by="so-40-xd"))
    _, found = next_steps(case, LAW)
    with pytest.raises(TiepdanError) as refused:
        acts.guide(case, to=None, on=day("2026-08-24"), law=LAW)
    assert {(one.code, one.why) for one in found if one.action is Action.GUIDE} == {
        (refused.value.code, refused.value.sentence)
    }


def test_trying_changes_nothing() -> None:
    case = case_of(filed())
    before = case.model_dump()
    next_steps(case, LAW)
    assert case.model_dump() == before


@pytest.mark.parametrize(
    ("case_id", "may", "may_not"),
    [
        ("C13", set(), {"urge": "nothing_to_urge", "close": "wrong_ground", "refuse_competence": "never_sent"}),
        ("C05", {"urge"}, {"close": "wrong_ground", "refuse_competence": "never_sent", "split": "nothing_to_split"}),
        ("C04", {"close"}, {"urge": "nothing_to_urge", "inspect": "nothing_to_inspect", "report": "nothing_owed"}),
        ("E03", {"split"}, {"urge": "nothing_to_urge", "close": "wrong_ground", "inspect": "nothing_to_inspect"}),
        ("D08", {"inspect"}, {"close": "wrong_ground", "split": "nothing_to_split"}),
    ],
)
def test_urging_splitting_inspecting_and_closing_show_where_they_are_lawful(
    case_id: str, may: set[str], may_not: dict[str, str]
) -> None:
    assert may <= lawful(case_id)
    assert may_not.items() <= barred(case_id).items()
