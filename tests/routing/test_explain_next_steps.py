"""What may lawfully follow: what the table allows, less what the live acts refuse in this very case."""

from datetime import timedelta
from typing import Final

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from contracts.errors import TiepdanError
from contracts.facts.base import vietnam_day
from contracts.facts.intake import PetitionFiled
from contracts.facts.particulars import Particulars
from contracts.vocabulary import (
    Channel,
    Instance,
    MatterField,
    MissingPart,
    PetitionKind,
    RespondentPost,
    SubjectMatter,
)
from services.routing.domain import acts
from services.routing.domain.case import Action, Status
from services.routing.domain.next_steps import next_steps
from tests.routing.any_order import possible
from tests.routing.asked import petition, situation, told
from tests.routing.given import LAW, OFFICE, case_of, day, denounced, filed


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


UNITS: Final = ("xa-17971", "xa-17035", "so-40-xd", "tinh-40", OFFICE)
PARTICULARS: Final = st.builds(
    Particulars,
    subject=st.none() | st.sampled_from(SubjectMatter),
    asks_only_for_help=st.none() | st.booleans(),
    is_harm_hard_to_repair=st.none() | st.booleans(),
    guided_before_on=st.none() | st.just(day("2026-08-20")),
    is_pending_here=st.none() | st.booleans(),
    is_against_result=st.none() | st.booleans(),
    representative_count=st.none() | st.integers(1, 6),
)
PETITIONS: Final = st.builds(
    filed,
    received=st.dates(day("2026-07-01"), day("2027-01-31")).map(str),
    kind=st.sampled_from(PetitionKind),
    channel=st.sampled_from(Channel),
    received_by=st.sampled_from(UNITS),
    matter_field=st.sampled_from([MatterField.LAND, MatterField.TRANSPORT]),
    respondent_unit=st.none() | st.sampled_from(UNITS),
    respondent_post=st.none() | st.sampled_from(RespondentPost),
    instance=st.sampled_from(Instance),
    earlier_decision_received_on=st.none() | st.just(day("2026-06-20")),
    lower_accepted_on=st.none() | st.just(day("2026-06-01")),
    signer_count=st.sampled_from([1, 1, 1, 10, 12]),
    has_representatives=st.booleans(),
    is_signed=st.booleans(),
    is_anonymous=st.sampled_from([False, False, True]),
    attachment_count=st.integers(0, 2),
    particulars=PARTICULARS,
)


SOUND: Final = st.builds(
    filed,
    received=st.just("2026-09-07"),
    kind=st.sampled_from([PetitionKind.COMPLAINT, PetitionKind.DENUNCIATION, PetitionKind.RECOMMENDATION]),
    received_by=st.sampled_from(["xa-17971", OFFICE]),
    respondent_unit=st.sampled_from(["xa-17971", "so-40-xd"]),
    respondent_post=st.sampled_from([RespondentPost.HEAD, RespondentPost.OFFICER]),
    instance=st.sampled_from(Instance),
    earlier_decision_received_on=st.just(day("2026-09-01")),
)
AT_WORK: Final = (
    Action.ACCEPT,
    Action.EXTEND,
    Action.SUSPEND,
    Action.RESUME,
    Action.PLAN_DIALOGUE,
    Action.HOLD_DIALOGUE,
    Action.CONFIRM,
    Action.SETTLE,
    Action.TRANSFER,
    Action.REFUSE_COMPETENCE,
    Action.DECIDE_COMPETENCE,
)
"""What keeps a life going."""


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # making whole lives smaller takes minutes
)
@given(start=SOUND | PETITIONS, draw=st.data())
def test_at_every_point_of_any_life_exactly_what_is_listed_can_be_carried_out(
    start: PetitionFiled, draw: st.DataObject
) -> None:
    case, on = case_of(start), vietnam_day(start.received_at)
    for _ in range(9):
        may = possible(case, on)
        assert {step.action for step in next_steps(case, LAW, on)[0]} == may.keys(), (case.status, case.outcome)
        if case.status is Status.CLOSED:
            return
        keen: list[Action] = [action for action in AT_WORK if action in may]
        is_keen = draw.draw(st.integers(0, 3)) > 0
        choices = keen if keen and is_keen else sorted(may, key=str)
        action = choices[draw.draw(st.integers(0, len(choices) - 1))]
        case = draw.draw(st.sampled_from(may[action]))
        on += timedelta(days=draw.draw(st.sampled_from([0, 1, 6, 12, 40])))


@pytest.mark.parametrize(
    ("case_id", "refused"),
    [
        ("C01", {"urge", "decide_competence", "refuse_competence", "do_task", "link_earlier", "close"}),
        ("C03", {"urge", "refuse_competence", "link_earlier", "close"}),
    ],
)
def test_what_no_arguments_could_make_lawful_is_barred_with_its_reason(case_id: str, refused: set[str]) -> None:
    assert refused <= barred(case_id).keys()
    assert not refused & lawful(case_id)


def test_after_its_only_extension_a_complaint_is_neither_extended_nor_discontinued() -> None:
    stated = situation("C02", as_of="2026-10-06")
    given_ = told({**stated, "events": stated["events"][:2]}).explanation
    found = {one.action: one.code for one in given_.barred_actions}
    assert found[Action.EXTEND] == "no_more_extensions"
    assert found[Action.DISCONTINUE] == "not_withdrawn"


def test_what_follows_is_asked_of_a_day() -> None:
    case = acts.accept(case_of(filed()), by="xa-17971", on=day("2026-09-14"), law=LAW)[0]
    in_time, late = (
        {one.action: one.code for one in next_steps(case, LAW, day(on))[1]} for on in ("2026-10-14", "2026-10-15")
    )
    assert Action.EXTEND not in in_time
    assert (late[Action.EXTEND], late[Action.INSTRUCT]) == ("deadline_passed", "beyond_the_law")


def test_each_says_who_may_order_it() -> None:
    by = {one.action: one.by for one in next_steps(case_of(filed()), LAW, day("2026-09-08"))[0]}
    assert (by[Action.ACCEPT], by[Action.DEMAND_REPORT], by[Action.WITHDRAW]) == ("xa-17971", "tinh-40", None)


def test_what_time_alone_brings_is_nobodys_act() -> None:
    missing = (MissingPart.CONTESTED_DECISION,)
    waiting, _ = acts.request_supplement(
        case_of(filed()), on=day("2026-09-08"), answer_within_days=10, law=LAW, missing=missing
    )
    assert waiting.status is Status.AWAITING_SUPPLEMENT
    assert Action.LAPSE not in {one.action for found in next_steps(waiting, LAW) for one in found}


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
