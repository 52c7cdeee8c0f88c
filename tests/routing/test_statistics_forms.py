"""The forms over worlds that are counted by hand: every figure of the totals is named, all others are nought."""

from datetime import date

import pytest

from contracts.errors import BadInput
from contracts.facts.particulars import Particulars
from contracts.facts.routing import SettlementEffects
from contracts.law.rows import Act
from contracts.vocabulary import (
    Channel,
    CompetenceRefusalGround,
    EarlierSettlement,
    Instance,
    PetitionKind,
    RespondentPost,
    SessionKind,
    SettlementResult,
)
from services.routing.domain import acts
from services.routing.domain.earlier import earlier_settlement, is_repeat
from services.routing.domain.statistics.entries import World
from services.routing.domain.statistics.periods import between, statutory
from tests.routing.counted import (
    Q4,
    YEAR_BEGINS,
    Told,
    behind_figure,
    counted,
    heard_in,
    line,
    petition_world,
    records,
    session,
    total,
)
from tests.routing.given import (
    DO_LUONG,
    KIM_LIEN,
    LAW,
    OFFICE,
    PROVINCE,
    QUY_HOP,
    SO_XD,
    day,
    denounced,
    filed,
    petition,
    withdrawn,
)

NOTHING = Particulars()


def test_form_01_xld_counts_petitions_at_each_unit_that_had_them() -> None:
    made = counted("01-xld", records(petition_world()))
    assert total(made) == {
        1: 10,
        3: 1,
        5: 1,
        6: 7,
        7: 1,  # carried over: one; received: one of three signers, one nameless
        8: 8,  # not yet: the denunciation at the province, and the one of the last day
        9: 7,
        10: 6,  # the nameless one was filed away; the duplicate is a petition and no case
        11: 4,
        12: 1,
        13: 2,
        16: 1,
        17: 6,  # the lower body was at work on the urged one
        18: 3,
        19: 2,
        21: 1,
        22: 4,
        23: 1,
        24: 2,
        25: 1,
        26: 1,  # the department told Kim Liên what it answered
    }
    assert line(made, KIM_LIEN) == {
        1: 7,
        3: 1,
        5: 1,
        6: 4,
        7: 1,
        8: 6,
        9: 5,
        10: 4,
        11: 3,
        12: 1,
        13: 1,
        17: 5,
        18: 2,
        19: 2,
        22: 3,
        23: 1,
        24: 2,
        26: 1,
    }
    assert line(made, SO_XD) == {1: 1, 6: 1, 8: 1, 9: 1, 10: 1, 13: 1, 17: 1, 18: 1, 21: 1}
    assert line(made, PROVINCE) == {1: 2, 6: 2, 8: 1, 9: 1, 10: 1, 11: 1, 16: 1, 22: 1, 25: 1}
    assert line(made, QUY_HOP) == {}, "a line of noughts is shown all the same"


def test_forms_02_03_and_04_xld_count_one_kind_each() -> None:
    world = records(petition_world())
    assert total(counted("02-xld", world)) == {
        1: 5,
        3: 1,
        5: 1,
        6: 3,
        8: 4,
        9: 4,
        10: 3,
        11: 4,
        17: 1,
        18: 3,
        19: 2,
        20: 2,
        22: 2,
        23: 1,
        25: 1,
    }
    assert total(counted("03-xld", world)) == {1: 3, 6: 2, 7: 1, 8: 2, 9: 1, 10: 1, 11: 1, 18: 1, 22: 1, 24: 1}
    assert total(counted("04-xld", world)) == {
        1: 2,
        6: 2,
        8: 2,
        9: 2,
        10: 2,
        11: 2,
        17: 2,
        18: 1,
        19: 1,
        21: 1,
        23: 1,
        25: 1,
    }


def test_form_02_tcd_counts_what_was_handed_over_where_it_was_handed_over() -> None:
    world = records(petition_world())
    assert total(counted("02-tcd", world)) == {
        1: 5,
        2: 5,
        3: 4,  # letters and what came before the quarter are not here; the duplicate is no case
        4: 4,
        6: 1,
        8: 1,
        9: 4,
        10: 2,
        11: 1,
        12: 1,
        13: 1,  # what nobody handled yet counts as it was classed
    }
    assert line(counted("02-tcd", world), SO_XD) == {}, "it was sent there, not brought there"
    assert line(counted("02-tcd", world), PROVINCE)[1] == 1, "the office's counter is the province's"


def test_form_01_tcd_counts_receptions_at_the_counter_by_the_head_and_by_a_deputy() -> None:
    first = Told(filed("2026-09-20", signer_count=6, has_representatives=True)).record
    before = Told(
        filed("2026-09-21", petition_id=petition(2), particulars=NOTHING.model_copy(update={"is_pending_here": True}))
    ).record
    letter = Told(filed("2026-09-22", petition_id=petition(3), channel=Channel.POST)).record
    head, again = session(1, "2026-10-15"), session(2, "2026-11-16")
    deputy = session(3, "2026-12-01", is_delegated=True)
    regular = session(4, "2026-12-02", kind=SessionKind.REGULAR, by=KIM_LIEN)
    late = session(5, "2026-12-15")
    world = World(
        [heard_in(first, head, again, late), heard_in(before, deputy), heard_in(letter, head, regular)],
        [head, again, deputy, regular, late],
    )
    assert total(counted("01-tcd", world)) == {
        1: 7,
        2: 6 + 1 + 6 + 6 + 1 + 1 + 1,
        3: 7,
        4: 3,
        5: 6 + 1 + 1,
        6: 1,
        7: 2,
        8: 1,
        9: 6,
        10: 1,  # two at the counter, one in a regular session
        12: 2,
        13: 3,
        14: 6 + 6 + 1,
        15: 2,
        16: 1,
        17: 2,
        18: 12,
        19: 1,
        20: 1,
        21: 1,
        22: 1,
        23: 1,
        25: 1,
    }
    assert [entry.session_id for entry in behind_figure("01-tcd", 12, world)] == [head.session_id, again.session_id]


def test_a_session_that_never_started_counts_nothing() -> None:
    never = session(1, "2026-10-15").model_copy(update={"started_on": None})
    assert never.hearing is None
    assert total(counted("01-tcd", World([], [never]))) == {}


def test_forms_01_and_02_kqgq_count_complaints_by_instance_with_what_settlements_bring_in() -> None:
    effects = SettlementEffects(
        recovered_vnd=12_000_000, returned_land_m2=300, people_to_sanction=2, people_to_police=1
    )
    carried = Told(filed("2026-08-03")).accepted("2026-08-10").settled("2026-09-21", effects=effects)
    silent = Told(filed("2026-09-21", petition_id=petition(2))).accepted("2026-09-28")
    silent.settled("2026-10-12", SettlementResult.WRONG)
    open_one = Told(filed("2026-10-01", petition_id=petition(3))).accepted("2026-10-05")
    second = Told(
        filed(
            "2026-09-21",
            petition_id=petition(4),
            received_by=OFFICE,
            instance=Instance.SECOND,
            earlier_decision_received_on=date(2026, 9, 10),
        )
    ).accepted("2026-09-28")
    second.then(
        lambda case: acts.plan_dialogue(case, dialogue_on=day("2026-10-15"), by=PROVINCE, on=day("2026-10-01"), law=LAW)
    )
    second.confirmed("2026-10-02", Act.INVITED)
    second.then(
        lambda case: acts.hold_dialogue(
            case,
            was_petitioner_present=True,
            document_number="2/BB-UBND",
            by=PROVINCE,
            on=day("2026-10-15"),
            law=LAW,
        )
    )
    second.settled("2026-12-01", SettlementResult.PARTLY_RIGHT)
    world = World([told.record for told in (carried, silent, open_one, second)])
    first_instance = counted("01-kqgq", world)
    assert total(first_instance) == {
        1: 3,
        2: 1,
        3: 2,
        5: 2,
        6: 12_000_000,
        9: 300,
        10: 2,
        13: 1,
        14: 1,
        15: 1,
        19: 1,
        20: 1,  # 21/9 is after the 30 days from 10/8
    }
    assert first_instance.unsaid == 1, "of one settlement nobody has said what it brings in: a note says so"
    assert total(counted("02-kqgq", world)) == {1: 1, 3: 1, 4: 1, 5: 1, 16: 1, 20: 1}
    assert counted("02-kqgq", world).total[5] is None, "nobody has said: empty, and no made-up nought"
    assert counted("02-kqgq", World()).total[5] == 0, "nothing settled brings in nothing"


def test_form_03_kqgq_counts_denunciations_repeated_ones_and_what_was_discontinued() -> None:
    def received(number: int, **said: object) -> Told:
        fact = denounced("2026-09-16", petition_id=petition(number), received_by=OFFICE, respondent_unit=DO_LUONG)
        return Told(fact.model_copy(update=said)).accepted("2026-09-23")

    right = received(1).settled("2026-10-20", effects=SettlementEffects(cases_to_police=1, people_to_police=2))
    against_result = NOTHING.model_copy(update={"is_against_result": True})
    again = received(2, respondent_post=RespondentPost.OFFICER, particulars=against_result)
    again.then(
        lambda case: acts.link_earlier(case, to_case=right.case.case_id, earlier=None, on=day("2026-09-24"), law=LAW)
    )
    world = World([right.record, again.record])
    assert total(counted("03-kqgq", world)) == {1: 2, 3: 2, 4: 1, 5: 1, 12: 1, 13: 2, 14: 1, 19: 1}
    following = counted("03-kqgq", world, statutory("2027-Q1", YEAR_BEGINS))
    assert total(following) == {1: 1, 2: 1, 4: 1}, "the one that is settled is not carried over"


def test_a_complaint_that_was_withdrawn_and_discontinued_is_not_settled_and_not_carried_over() -> None:
    from services.routing.domain.opening import on_withdrawn  # noqa: PLC0415 - only here

    told = Told(filed("2026-09-16")).accepted("2026-09-23")
    told.then(lambda case: on_withdrawn(case, withdrawn("2026-10-01"), LAW))
    told.then(
        lambda case: acts.discontinue(case, by=KIM_LIEN, document_number="3/QĐ-UBND", on=day("2026-10-02"), law=LAW)
    )
    assert total(counted("01-kqgq", World([told.record]))) == {1: 1, 3: 1, 17: 1, 18: 1}
    assert total(counted("01-kqgq", World([told.record]), statutory("2027-Q1", YEAR_BEGINS))) == {}


def test_form_04_kqgq_counts_answers_to_recommendations() -> None:
    assert total(counted("04-kqgq", records(petition_world()))) == {1: 1, 3: 1, 4: 1, 7: 1}


def test_a_duplicate_that_was_linked_by_mistake_is_a_case_again_from_that_day_on() -> None:
    leading = Told(filed("2026-09-20"))
    told = Told(filed("2026-09-21", petition_id=petition(2))).duplicates(leading, "2026-09-22")
    told.then(lambda case: acts.unlink(case, on=day("2026-12-20"), law=LAW))
    world = World([leading.record, told.record])
    assert total(counted("01-xld", world)) == {1: 2, 6: 2, 8: 1, 9: 1, 11: 1, 17: 1, 18: 1, 19: 1}
    following = counted("01-xld", world, statutory("2027-Q1", YEAR_BEGINS))
    assert total(following) == {1: 2, 3: 1, 6: 1}, "it came back to be handled"


def test_a_petition_that_is_sent_back_for_want_of_competence_is_handled_there_and_open_here_again() -> None:
    told = Told(
        filed("2026-10-05", kind=PetitionKind.RECOMMENDATION, respondent_unit=SO_XD, respondent_post=None)
    ).transferred("2026-10-06", SO_XD)
    told.then(
        lambda case: acts.refuse_competence(
            case,
            by=SO_XD,
            ground=CompetenceRefusalGround.OTHER_FIELD,
            document_number="3/CV-SXD",
            on=day("2026-10-08"),
            law=LAW,
        )
    )
    made = counted("04-xld", World([told.record]))
    assert line(made, SO_XD) == {1: 1, 6: 1, 8: 1, 9: 1, 10: 1, 11: 1, 17: 1, 21: 1, 23: 1}
    assert line(made, KIM_LIEN) == {1: 1, 6: 1}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, EarlierSettlement.NONE),
        ({"lower_accepted_on": date(2026, 9, 1)}, EarlierSettlement.PENDING),
        ({"particulars": Particulars(is_pending_here=True)}, EarlierSettlement.PENDING),
        ({"particulars": Particulars(accepted_elsewhere_by=QUY_HOP)}, EarlierSettlement.PENDING),
        ({"instance": Instance.SECOND}, EarlierSettlement.PENDING),
        ({"instance": Instance.SECOND, "earlier_decision_received_on": date(2026, 9, 1)}, EarlierSettlement.ONCE),
        ({"particulars": Particulars(settled_effective_on=date(2026, 1, 5))}, EarlierSettlement.ONCE),
        ({"particulars": Particulars(is_answered_before=True)}, EarlierSettlement.ONCE),
        ({"particulars": Particulars(has_second_decision=True)}, EarlierSettlement.SEVERAL),
    ],
)
def test_how_far_the_matter_was_settled_is_read_from_the_petition(
    said: dict[str, object], expected: EarlierSettlement
) -> None:
    assert earlier_settlement(filed().model_copy(update=said)) is expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, False),
        ({"lower_accepted_on": date(2026, 9, 1)}, False),
        ({"instance": Instance.SECOND}, True),
        ({"particulars": Particulars(guided_before_on=date(2026, 8, 1))}, True),
        ({"particulars": Particulars(is_pending_here=True)}, True),
    ],
)
def test_who_came_before_with_the_same_matter_comes_again(said: dict[str, object], *, expected: bool) -> None:
    assert is_repeat(filed().model_copy(update=said)) is expected


def test_statutory_periods_end_on_the_fourteenth_and_follow_each_other() -> None:
    def days(name: str, begins: str = YEAR_BEGINS) -> tuple[date, date]:
        period = statutory(name, begins)
        return period.first, period.last

    assert days("2026-Q1") == (date(2025, 12, 15), date(2026, 3, 14))
    assert days("2026-Q2") == (date(2026, 3, 15), date(2026, 6, 14))
    assert days("2026-6M") == (date(2025, 12, 15), date(2026, 6, 14))
    assert days("2026-9M") == (date(2025, 12, 15), date(2026, 9, 14))
    assert days("2026") == (date(2025, 12, 15), date(2026, 12, 14))
    assert days("2026-Q3", "01-01") == (date(2026, 7, 1), date(2026, 9, 30))
    assert days("2026", "01-01") == (date(2026, 1, 1), date(2026, 12, 31))
    assert (Q4.first, Q4.last, Q4.label) == (
        date(2026, 9, 15),
        date(2026, 12, 14),
        "Quý IV năm 2026 (từ 15/09/2026 đến 14/12/2026)",
    )


def test_a_period_that_cannot_be_is_refused() -> None:
    with pytest.raises(BadInput) as backward:
        between(date(2026, 9, 2), date(2026, 9, 1))
    with pytest.raises(BadInput) as strange:
        statutory("2026-Q5", YEAR_BEGINS)
    assert backward.value.code == strange.value.code == "wrong_period"
