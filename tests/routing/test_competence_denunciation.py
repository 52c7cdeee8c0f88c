"""Who settles a denunciation: by post, by where the denounced works now, by field, by function (domain.md §2.3)."""

from dataclasses import replace
from typing import Any

import pytest

from contracts.facts.particulars import Particulars
from contracts.law.catalogue import official
from contracts.law.secrecy import accused_unit, is_near
from contracts.law.settings import LawSettings
from contracts.units import Unit, UnitTree
from contracts.vocabulary import (
    Channel,
    MatterField,
    Outcome,
    RespondentFunction,
    RespondentMove,
    RespondentPlace,
    RespondentPost,
    UnitLevel,
)
from services.routing.domain.competence import Competence, competent
from services.routing.domain.outcome import route
from tests.routing.given import DO_LUONG, KIM_LIEN, LAW, OFFICE, PROVINCE, SO_NNMT, SO_XD, day, denounced

TODAY = day("2026-09-07")
CHANCELLERY = "vp-40"
HEAD, DEPUTY, OFFICER, BODY = (
    RespondentPost.HEAD,
    RespondentPost.DEPUTY_HEAD,
    RespondentPost.OFFICER,
    RespondentPost.UNIT_ITSELF,
)


def settled_by(unit: str | None, post: RespondentPost | None = HEAD, **known: Any) -> Competence:
    said: dict[str, Any] = {"received_by": OFFICE, "respondent_unit": unit, "respondent_post": post}
    said |= {name: known.pop(name) for name in ("matter_field", "received_by", "matter_unit") if name in known}
    return competent(denounced("2026-09-07", **said, particulars=Particulars(**known)), LAW)


@pytest.mark.parametrize(
    ("unit", "post", "settler"),
    [
        (KIM_LIEN, OFFICER, KIM_LIEN),
        (KIM_LIEN, HEAD, PROVINCE),
        (KIM_LIEN, DEPUTY, PROVINCE),
        (KIM_LIEN, BODY, PROVINCE),
        (KIM_LIEN, None, PROVINCE),
        (SO_XD, OFFICER, SO_XD),
        (SO_XD, HEAD, PROVINCE),
        (PROVINCE, HEAD, "tw"),
        (PROVINCE, OFFICER, PROVINCE),
        (OFFICE, HEAD, PROVINCE),
        (OFFICE, DEPUTY, PROVINCE),
        (OFFICE, BODY, PROVINCE),
        (CHANCELLERY, HEAD, PROVINCE),
        ("ca-40", HEAD, "bo-ca"),
        ("tha-40", HEAD, "bo-tp"),
        (None, HEAD, None),
    ],
)
def test_by_post_held(unit: str | None, post: RespondentPost | None, settler: str | None) -> None:
    assert settled_by(unit, post).authority == settler


@pytest.mark.parametrize(
    ("place", "articles"),
    [
        (RespondentPlace.PUBLIC_UNIT, ("LTC 18(2)",)),
        (RespondentPlace.DIVISION, ("LTC 12(1)", "LTC 13")),
        (RespondentPlace.SUBORDINATE_AGENCY, ("LTC 12(1)", "LTC 13")),
    ],
)
def test_the_head_of_a_place_inside_a_body_is_judged_by_the_head_of_the_body(
    place: RespondentPlace, articles: tuple[str, ...]
) -> None:
    found = settled_by(KIM_LIEN, HEAD, respondent_place=place)
    assert (found.authority, found.articles) == (KIM_LIEN, articles)


@pytest.mark.parametrize(
    ("function", "settler"),
    [
        (RespondentFunction.JUDGE, "toa-40"),
        (RespondentFunction.PROSECUTOR, "vks-40"),
        (RespondentFunction.AUDITOR, "ktnn"),
        (RespondentFunction.NATIONAL_ASSEMBLY_DEPUTY, "tw-ubtvqh"),
        (RespondentFunction.COUNCIL_DEPUTY, "ban-40-dbqh"),
    ],
)
def test_functions_outside_the_administration_have_settlers_of_their_own(
    function: RespondentFunction, settler: str
) -> None:
    found = settled_by(KIM_LIEN, OFFICER, respondent_function=function)
    assert (found.authority, found.is_desk) == (settler, True)


def test_the_head_of_a_court_is_judged_by_the_court_above() -> None:
    assert settled_by("toa-40", HEAD, respondent_function=RespondentFunction.JUDGE).authority == "toa-tc"


def test_who_left_is_judged_by_who_managed_the_post() -> None:
    left = RespondentMove.LEFT
    assert settled_by(KIM_LIEN, OFFICER, respondent_move=left).authority == KIM_LIEN
    assert settled_by(KIM_LIEN, HEAD, respondent_move=left).authority == PROVINCE


@pytest.mark.parametrize(
    ("now_post", "move", "settler", "cooperating"),
    [
        (OFFICER, RespondentMove.HIGHER, SO_XD, (PROVINCE,)),
        (HEAD, RespondentMove.HIGHER, PROVINCE, ()),
        (HEAD, RespondentMove.EQUAL_HEAD, PROVINCE, ()),
        (OFFICER, RespondentMove.OTHER_UNIT, PROVINCE, (SO_XD,)),
        (OFFICER, None, PROVINCE, (SO_XD,)),
    ],
)
def test_a_head_who_moved(
    now_post: RespondentPost, move: RespondentMove | None, settler: str, cooperating: tuple[str, ...]
) -> None:
    found = settled_by(KIM_LIEN, HEAD, respondent_now_at=SO_XD, respondent_now_post=now_post, respondent_move=move)
    assert (found.authority, found.cooperating) == (settler, cooperating)


def test_after_a_merger_the_head_of_the_body_where_he_works_now_settles() -> None:
    found = settled_by("so-40-tnmt", HEAD, respondent_now_at=SO_NNMT, respondent_now_post=OFFICER)
    assert (found.authority, found.articles) == (SO_NNMT, ("LTC 12(4)",))
    heading = settled_by("so-40-tnmt", HEAD, respondent_now_at=SO_NNMT, respondent_now_post=HEAD)
    assert heading.authority == PROVINCE


def test_the_head_of_an_ended_district_is_judged_by_the_province() -> None:
    assert settled_by("huyen-415", HEAD).authority == PROVINCE


def test_when_he_now_heads_the_superior_of_his_old_unit_the_way_goes_past_him() -> None:
    found = settled_by(
        KIM_LIEN,
        HEAD,
        respondent_now_at=PROVINCE,
        respondent_now_post=DEPUTY,
        respondent_move=RespondentMove.EQUAL_HEAD,
    )
    assert found.authority == "tw"
    assert "đứng đầu nơi đó" in found.why


def test_a_breach_in_a_field_goes_to_who_manages_it_and_of_several_to_the_first_that_accepted() -> None:
    private: dict[str, Any] = {"is_on_duty": False, "matter_field": MatterField.CONSTRUCTION}
    assert settled_by(None, None, **private).authority == SO_XD
    assert settled_by(None, None, **private, received_by=KIM_LIEN).authority == KIM_LIEN
    assert settled_by(None, None, **private, accepted_elsewhere_by=KIM_LIEN).authority == KIM_LIEN
    assert settled_by(None, None, **private, accepted_elsewhere_by=DO_LUONG).authority == SO_XD, "not a manager of it"
    assert settled_by(None, None, **private, managed_at=UnitLevel.CENTRAL).authority == "bo-xd"
    assert settled_by(SO_XD, HEAD, **private).authority == KIM_LIEN, "never who is denounced"


def test_the_departments_of_an_accused_province_are_near_it_and_its_communes_are_not() -> None:
    near = {unit.id for unit in LAW.units if is_near(PROVINCE, unit.id, LAW.units, TODAY)}
    departments = {unit.id for unit in LAW.units.children(PROVINCE, TODAY) if unit.level is UnitLevel.DEPARTMENT}
    assert departments | {PROVINCE, OFFICE} <= near
    assert not {KIM_LIEN, "tw", "bo-xd", "ban-40-ubkt"} & near


def test_who_followed_an_ended_unit_is_near_its_former_head() -> None:
    assert is_near("so-40-tnmt", SO_NNMT, LAW.units, TODAY)
    assert is_near("huyen-415", "xa-16744", LAW.units, TODAY)
    assert not is_near("huyen-415", KIM_LIEN, LAW.units, TODAY)


@pytest.mark.parametrize(
    ("post", "known", "accused"),
    [
        (HEAD, {}, KIM_LIEN),
        (OFFICER, {}, None),
        (HEAD, {"respondent_place": RespondentPlace.DIVISION}, None),
        (HEAD, {"respondent_now_at": SO_XD, "respondent_now_post": DEPUTY}, SO_XD),
        (OFFICER, {"respondent_now_at": SO_XD, "respondent_now_post": HEAD}, SO_XD),
        (OFFICER, {"respondent_now_at": SO_XD}, SO_XD),
        (HEAD, {"respondent_now_at": SO_XD, "respondent_now_post": OFFICER}, None),
        (HEAD, {"respondent_now_at": SO_XD, "respondent_move": RespondentMove.LEFT}, KIM_LIEN),
    ],
)
def test_the_accused_unit_is_where_the_denounced_heads_something_now(
    post: RespondentPost, known: dict[str, Any], accused: str | None
) -> None:
    assert accused_unit(denounced(respondent_post=post, particulars=Particulars(**known))) == accused


def test_who_followed_an_ended_superior_takes_its_place() -> None:
    tree = UnitTree(
        [
            _unit("tinh-moi", UnitLevel.PROVINCE),
            _unit("huyen-cu", UnitLevel.DISTRICT, "tinh-cu", valid_to=day("2025-06-30"), successors=("xa-moi",)),
            _unit("tinh-cu", UnitLevel.PROVINCE, valid_to=day("2025-06-30"), successors=("tinh-moi",)),
            _unit("xa-moi", UnitLevel.COMMUNE, "tinh-cu"),
        ]
    )
    law = replace(LAW, units=tree)
    said: dict[str, Any] = {"received_by": "tinh-moi", "matter_unit": "xa-moi", "respondent_unit": "xa-moi"}
    assert competent(denounced("2025-06-30", **said), law).authority == "tinh-cu"
    assert competent(denounced("2025-07-01", **said), law).authority == "tinh-moi"
    district: dict[str, Any] = {**said, "respondent_unit": "huyen-cu"}
    assert competent(denounced("2025-07-01", **district), law).authority == "tinh-moi"


def _unit(unit_id: str, level: UnitLevel, superior: str | None = None, **said: Any) -> Unit:
    return Unit(
        **{
            "id": unit_id,
            "name": unit_id,
            "level": level,
            "superior": superior,
            "valid_from": day("2015-01-01"),
            "valid_to": None,
            "official_code": None,
            "headed_as": f"Người đứng đầu {unit_id}",
            **said,
        }
    )


def test_the_head_of_the_reception_board_who_left_or_moved_is_judged_by_the_chairman_as_well() -> None:
    assert settled_by(OFFICE, HEAD, respondent_move=RespondentMove.LEFT).authority == PROVINCE
    moved: dict[str, Any] = {"respondent_now_at": SO_XD, "respondent_now_post": OFFICER}
    assert settled_by(OFFICE, HEAD, **moved).authority == PROVINCE
    here: dict[str, Any] = {"respondent_now_at": OFFICE, "respondent_now_post": HEAD}
    for move in (RespondentMove.HIGHER, RespondentMove.EQUAL_HEAD):
        assert settled_by(SO_XD, HEAD, **here, respondent_move=move).authority == PROVINCE
    equal = settled_by(OFFICE, HEAD, **moved, respondent_move=RespondentMove.EQUAL_HEAD)
    assert equal.authority == PROVINCE


def test_a_superior_that_the_tree_does_not_know_is_said_to_be_unknown() -> None:
    found = settled_by("ban-40-mttq", HEAD)
    assert found.authority is None
    assert "chưa ghi cấp trên" in found.why


@pytest.mark.parametrize("post", [HEAD, OFFICER])
@pytest.mark.parametrize("now_at", [None, SO_XD])
def test_of_a_dissolved_body_without_successor_who_managed_it_settles_wherever_he_works_now(
    post: RespondentPost, now_at: str | None
) -> None:
    law = replace(LAW, units=UnitTree([*LAW.units, _unit("so-cu", UnitLevel.DEPARTMENT, PROVINCE, valid_to=TODAY)]))
    known = Particulars(respondent_now_at=now_at, respondent_now_post=OFFICER if now_at else None)
    said: dict[str, Any] = {"received_by": OFFICE, "respondent_unit": "so-cu", "respondent_post": post}
    found = competent(denounced("2026-09-08", **said, particulars=known), law)
    assert (found.authority, found.articles) == (PROVINCE, ("LTC 12(5)",))


def test_an_officer_of_a_public_unit_is_judged_by_its_own_head_unless_the_setting_says_no() -> None:
    said: dict[str, Any] = {
        "received_by": OFFICE,
        "respondent_unit": "so-40-gddt",
        "respondent_post": OFFICER,
        "particulars": Particulars(respondent_place=RespondentPlace.PUBLIC_UNIT),
    }
    found = competent(denounced(**said), LAW)
    assert (found.authority, found.articles, found.is_unlisted) == (None, ("LTC 18(1)",), True)
    assert "Sở Giáo dục và Đào tạo" in found.why
    by_letter, in_person = route(denounced(**said), LAW), route(denounced(**said, channel=Channel.COUNTER), LAW)
    assert [by_letter.outcome, in_person.outcome] == [Outcome.TRANSFER, Outcome.GUIDE], (
        "not asked for what is not missing"
    )
    managed = replace(LAW, catalogue=official(LawSettings.load(chosen={"public_unit_officer": "managing_body"})))
    assert competent(denounced(**said), managed).authority == "so-40-gddt"
    assert (
        settled_by("so-40-gddt", OFFICER, respondent_place=RespondentPlace.SUBORDINATE_AGENCY).authority == "so-40-gddt"
    )


def test_nobody_near_the_accused_cooperates() -> None:
    now: dict[str, Any] = {"respondent_now_at": PROVINCE, "respondent_now_post": HEAD}
    found = settled_by(SO_XD, OFFICER, **now, respondent_move=RespondentMove.HIGHER)
    assert (found.authority, found.cooperating) == ("tw", ()), "the department stands under the chairman now accused"
    board = {"respondent_now_at": OFFICE, "respondent_now_post": HEAD, "respondent_move": RespondentMove.HIGHER}
    assert settled_by(CHANCELLERY, OFFICER, **board).cooperating == (), "he is a deputy there now"


def test_of_a_time_when_a_commune_did_not_stand_yet_nobody_is_named() -> None:
    for post in (HEAD, OFFICER):
        found = competent(denounced("2025-06-20", received_by=OFFICE, respondent_post=post), LAW)
        assert found.authority is None
        assert "chưa hoạt động ngày 20/06/2025" in found.why
        assert "LTC 12(5)" not in found.articles
