"""Who settles a complaint: first and second instance, discipline, the court, former districts (domain.md §2.2)."""

from typing import Any

import pytest

from contracts.facts.particulars import Particulars
from contracts.law.catalogue import official
from contracts.law.settings import LawSettings
from contracts.vocabulary import (
    Branch,
    Duty,
    Instance,
    MatterField,
    Outcome,
    RespondentPlace,
    RespondentPost,
    SubjectMatter,
)
from services.routing.domain.competence import Competence, common_superior, competent
from services.routing.domain.law import Law
from services.routing.domain.limitation import is_late, last_day
from services.routing.domain.outcome import route
from tests.routing.given import KIM_LIEN, LAW, OFFICE, PROVINCE, QUY_HOP, SO_NNMT, SO_XD, day, filed

SECOND: dict[str, Any] = {"instance": Instance.SECOND, "earlier_decision_received_on": day("2026-09-01")}
TODAY = day("2026-09-07")


def choosing(**chosen: Any) -> Law:
    return Law(official(LawSettings.load(chosen=chosen)), LAW.calendar, LAW.units)


def settled_by(
    unit: str, *, second: bool = False, law: Law = LAW, said: dict[str, Any] | None = None, **known: Any
) -> Competence:
    more = (SECOND if second else {}) | (said or {})
    return competent(filed("2026-09-07", respondent_unit=unit, particulars=Particulars(**known), **more), law)


@pytest.mark.parametrize(
    ("unit", "first", "second"),
    [
        (KIM_LIEN, KIM_LIEN, PROVINCE),
        (SO_XD, SO_XD, PROVINCE),
        (PROVINCE, PROVINCE, "bo-nnmt"),
        (OFFICE, PROVINCE, "bo-nnmt"),
        ("bo-xd", "bo-xd", None),
        ("ca-40", "ca-40", "bo-ca"),
        ("tha-40", "tha-40", "bo-tp"),
    ],
)
def test_first_and_second_instance_by_level(unit: str, first: str, second: str | None) -> None:
    assert settled_by(unit).authority == first
    assert settled_by(unit, second=True).authority == second


def test_after_a_minister_there_is_only_the_court() -> None:
    found = route(filed(respondent_unit="bo-xd", received_by="bo-xd", **SECOND), LAW)
    assert (found.outcome, found.rule, found.duties) == (Outcome.GUIDE, "R03", (Duty.POINT_TO_COURT,))
    assert "Tòa án" in found.competence.why
    assert found.competence.articles == ("LKN 7(2)",)


def test_the_branch_finds_the_ministry_where_the_field_is_too_coarse() -> None:
    said = {"matter_field": MatterField.OTHER}
    assert settled_by(PROVINCE, second=True, said=said).authority is None
    found = settled_by(PROVINCE, second=True, said=said, branch=Branch.CULTURE_SPORT_TOURISM)
    assert found.authority == "bo-vhttdl"


@pytest.mark.parametrize(
    ("place", "first"), [(RespondentPlace.DIVISION, KIM_LIEN), (RespondentPlace.COLLECTIVE, KIM_LIEN)]
)
def test_a_division_head_and_the_committee_as_a_body_are_the_chairmans_as_long_as_nothing_else_is_chosen(
    place: RespondentPlace, first: str
) -> None:
    assert settled_by(KIM_LIEN, respondent_place=place).authority == first
    assert settled_by(KIM_LIEN, second=True, respondent_place=place).authority == PROVINCE


def test_the_law_of_the_installation_may_choose_otherwise() -> None:
    division = choosing(division_head_first_instance="division_head")
    assert settled_by(KIM_LIEN, law=division, respondent_place=RespondentPlace.DIVISION).authority is None
    committee = choosing(committee_as_body="direct_superior")
    assert settled_by(KIM_LIEN, law=committee, respondent_place=RespondentPlace.COLLECTIVE).authority == PROVINCE


@pytest.mark.parametrize("place", [RespondentPlace.SUBORDINATE_AGENCY, RespondentPlace.PUBLIC_UNIT])
def test_an_agency_under_a_department_settles_first_and_the_director_second(place: RespondentPlace) -> None:
    first = settled_by(SO_NNMT, respondent_place=place)
    assert first.authority is None
    assert "Sở Nông nghiệp và Môi trường" in first.why
    assert settled_by(SO_NNMT, second=True, respondent_place=place).authority == SO_NNMT


@pytest.mark.parametrize(
    ("unit", "first", "second"),
    [
        (KIM_LIEN, KIM_LIEN, PROVINCE),
        (SO_XD, SO_XD, PROVINCE),
        (PROVINCE, PROVINCE, "bo-nv"),
        ("bo-xd", "bo-xd", "bo-nv"),
    ],
)
def test_discipline_goes_from_who_issued_to_the_superior_and_then_to_home_affairs(
    unit: str, first: str, second: str
) -> None:
    subject = SubjectMatter.DISCIPLINARY_DECISION
    assert settled_by(unit, subject=subject).authority == first
    found = settled_by(unit, second=True, subject=subject)
    assert (found.authority, found.articles) == (second, ("LKN 51",))


@pytest.mark.parametrize(
    ("said", "is_dismissal", "last"),
    [
        ({"decision_known_on": day("2026-08-24")}, None, "2026-09-08"),
        (SECOND, None, "2026-09-11"),
        (SECOND, True, "2026-10-01"),
    ],
)
def test_a_disciplinary_complaint_has_fifteen_days_then_ten_and_thirty_on_dismissal(
    said: dict[str, Any], is_dismissal: bool | None, last: str
) -> None:
    particulars = Particulars(subject=SubjectMatter.DISCIPLINARY_DECISION, is_dismissal=is_dismissal)
    read = last_day(filed("2026-09-08", particulars=particulars, **said), LAW)
    assert read is not None
    assert (read.clock, read.raw_due) == ("K13", day(last))
    assert not is_late(filed(last, particulars=particulars, **said), LAW)
    assert is_late(filed("2026-12-01", particulars=particulars, **said), LAW)


def test_above_the_minister_of_home_affairs_a_disciplinary_decision_goes_to_court() -> None:
    found = settled_by("bo-nv", second=True, subject=SubjectMatter.DISCIPLINARY_DECISION)
    assert (found.authority, found.is_at_its_end) == (None, True)


def test_a_former_district_concerning_several_communes_is_taken_by_the_province_unless_the_setting_says_no() -> None:
    said = {"matter_unit": "xa-16744"}
    assert settled_by("huyen-415", said=said).authority == "xa-16744"
    assert settled_by("huyen-415", said=said, also_concerns=("xa-16744",)).authority == "xa-16744"
    assert settled_by("huyen-415", said=said, also_concerns=("xa-16750",)).authority == PROVINCE
    local = choosing(split_district="where_it_arose")
    assert settled_by("huyen-415", law=local, said=said, also_concerns=("xa-16750",)).authority == "xa-16744"


def test_a_district_was_competent_as_long_as_it_stood() -> None:
    before = filed("2025-06-30", respondent_unit="huyen-415", matter_unit="huyen-415", received_by=OFFICE)
    after = filed("2025-07-01", respondent_unit="huyen-415", matter_unit="xa-16744", received_by=OFFICE)
    assert competent(before, LAW).authority == "huyen-415"
    assert competent(after, LAW).authority == "xa-16744"


def test_a_merged_department_answers_through_who_took_over() -> None:
    assert settled_by("so-40-tnmt").authority == SO_NNMT
    assert settled_by("so-40-tnmt", second=True).authority == PROVINCE


def test_bodies_that_disagree_are_told_who_is_competent_by_the_nearest_above_all_of_them() -> None:
    assert common_superior([KIM_LIEN, QUY_HOP], LAW, TODAY) == PROVINCE
    assert common_superior([KIM_LIEN, SO_XD, QUY_HOP], LAW, TODAY) == PROVINCE
    assert common_superior([KIM_LIEN, PROVINCE], LAW, TODAY) == "tw"
    assert common_superior([KIM_LIEN, "ban-40-ubkt"], LAW, TODAY) is None
    assert common_superior([KIM_LIEN, "ca-40"], LAW, TODAY) == "tw", "the police are not the chairman's to command"
    assert common_superior([], LAW, TODAY) is None


def test_who_acts_for_the_officer_is_the_head_of_his_body() -> None:
    said = {"respondent_post": RespondentPost.OFFICER}
    assert settled_by(SO_XD, said=said).authority == SO_XD


def test_after_an_agency_of_a_ministry_the_minister_looks_at_it_by_his_own_article() -> None:
    assert settled_by("ca-40", second=True).articles == ("LKN 7(1)", "LKN 23(2)")
    assert settled_by(KIM_LIEN, second=True).articles == ("LKN 7(1)", "LKN 21(2)")


@pytest.mark.parametrize("subject", [None, SubjectMatter.DISCIPLINARY_DECISION])
def test_a_superior_that_the_tree_does_not_know_is_not_the_end_of_the_way(subject: SubjectMatter | None) -> None:
    found = settled_by("ban-40-mttq", second=True, subject=subject)
    assert (found.authority, found.is_at_its_end) == (None, False)
    assert "chưa ghi cấp trên" in found.why
    said: dict[str, Any] = {"received_by": OFFICE, "respondent_unit": "ban-40-mttq", **SECOND}
    assert Duty.POINT_TO_COURT not in route(filed(**said, particulars=Particulars(subject=subject)), LAW).duties


@pytest.mark.parametrize("place", [RespondentPlace.SUBORDINATE_AGENCY, RespondentPlace.PUBLIC_UNIT])
def test_discipline_in_an_agency_under_a_department_is_its_heads_first_and_the_directors_second(
    place: RespondentPlace,
) -> None:
    subject = SubjectMatter.DISCIPLINARY_DECISION
    first = settled_by(SO_XD, subject=subject, respondent_place=place)
    assert (first.authority, first.articles, first.is_at_its_end) == (None, ("LKN 51",), False)
    assert f"{place.label} của Sở Xây dựng" in first.why
    second = settled_by(SO_XD, second=True, subject=subject, respondent_place=place)
    assert (second.authority, second.articles) == (SO_XD, ("LKN 51",))


@pytest.mark.parametrize(
    ("received_on", "settler"), [("2025-06-25", PROVINCE), ("2025-07-03", PROVINCE), ("2025-09-01", "bo-nnmt")]
)
def test_what_a_district_decided_itself_goes_to_the_chairman_of_the_province_and_not_to_a_minister(
    received_on: str, settler: str
) -> None:
    """Shared by two communes, the province settles first what is open; what the district settled is past that. Sent
    within three working days of its last day, a decision is still the district's.
    """
    second: dict[str, Any] = {
        "instance": Instance.SECOND,
        "earlier_decision_received_on": day(received_on),
        "matter_unit": "xa-16744",
    }
    assert settled_by("huyen-415", said=second, also_concerns=("xa-16750",)).authority == settler


def test_where_nothing_says_when_the_district_decided_it_is_the_districts_own() -> None:
    second: dict[str, Any] = {"instance": Instance.SECOND, "matter_unit": "xa-16744"}
    assert settled_by("huyen-415", said=second, also_concerns=("xa-16750",)).authority == PROVINCE


@pytest.mark.parametrize("instance", list(Instance))
def test_of_a_time_when_a_commune_did_not_stand_yet_nobody_is_named(instance: Instance) -> None:
    known_on = {"earlier_decision_received_on": day("2025-06-01")} if instance is Instance.SECOND else {}
    found = competent(filed("2025-06-20", received_by=OFFICE, instance=instance, **known_on), LAW)
    assert (found.authority, found.is_at_its_end) == (None, False)
    assert "chưa hoạt động ngày 20/06/2025" in found.why
