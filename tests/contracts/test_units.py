import unicodedata
from dataclasses import replace
from datetime import date

import pytest
from pydantic import TypeAdapter

from contracts.errors import BadInput, Refused
from contracts.ids import UnitId
from contracts.units import Unit, UnitTree, organisation
from contracts.vocabulary import UnitLevel
from deploy.units.__main__ import main as units_command

TODAY = date(2026, 9, 7)
LAST_DISTRICT_DAY = date(2025, 6, 30)
FIRST_COMMUNE_DAY = date(2025, 7, 1)


@pytest.fixture
def tree() -> UnitTree:
    return organisation()


def test_nghe_an_has_130_communes_of_which_11_are_wards(tree: UnitTree) -> None:
    communes = tree.communes(TODAY)
    assert len(communes) == 130
    assert sum(commune.name.startswith("Phường ") for commune in communes) == 11
    assert sum(commune.name.startswith("Xã ") for commune in communes) == 119


def test_a_commune_is_named_by_its_five_digit_official_code(tree: UnitTree) -> None:
    for commune in tree.communes(TODAY):
        assert commune.official_code is not None
        assert len(commune.official_code) == 5
        assert commune.official_code.isdigit()
        assert commune.id == f"xa-{commune.official_code}"


def test_the_committed_communes_are_those_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    assert units_command(["--check"]) == 0, capsys.readouterr().out


def test_kim_lien_is_headed_by_its_chairman_and_stands_under_the_province(tree: UnitTree) -> None:
    kim_lien = tree.get("xa-17971", TODAY)
    assert kim_lien.name == "Xã Kim Liên"
    assert kim_lien.headed_as == "Chủ tịch UBND xã Kim Liên"
    assert kim_lien.body == "UBND xã Kim Liên"
    superior = tree.superior("xa-17971", TODAY)
    assert superior is not None
    assert superior.id == "tinh-40"


def test_the_way_up_ends_at_the_government(tree: UnitTree) -> None:
    above = tree.superior("tinh-40", TODAY)
    assert above is not None
    assert above.headed_as == "Thủ tướng Chính phủ"
    assert tree.superior(above.id, TODAY) is None


def test_no_district_is_open_after_june_2025(tree: UnitTree) -> None:
    assert len(tree.of_level(UnitLevel.DISTRICT, LAST_DISTRICT_DAY)) == 20
    assert tree.of_level(UnitLevel.DISTRICT, FIRST_COMMUNE_DAY) == ()
    assert len([unit for unit in tree if unit.level is UnitLevel.DISTRICT]) == 21


def test_a_closed_district_is_refused_and_its_successors_are_named(tree: UnitTree) -> None:
    assert tree.get("huyen-430", LAST_DISTRICT_DAY).name == "Huyện Nam Đàn"
    with pytest.raises(Refused) as refusal:
        tree.get("huyen-430", FIRST_COMMUNE_DAY)
    assert refusal.value.code == "unit_closed"
    assert "Huyện Nam Đàn" in refusal.value.sentence
    assert "30/06/2025" in refusal.value.sentence
    assert "xa-17971" in str(refusal.value.facts["successors"])


def test_the_successors_of_all_districts_are_all_communes_each_once(tree: UnitTree) -> None:
    districts = tree.of_level(UnitLevel.DISTRICT, LAST_DISTRICT_DAY)
    followers = [unit.id for district in districts for unit in tree.successors(district.id, TODAY)]
    assert sorted(followers) == [commune.id for commune in tree.communes(TODAY)]


def test_successors_of_successors_are_found(tree: UnitTree) -> None:
    assert [unit.id for unit in tree.successors("huyen-413", LAST_DISTRICT_DAY)] == ["huyen-412"]
    assert "xa-16732" in {unit.id for unit in tree.successors("huyen-413", TODAY)}


def test_a_merged_department_names_the_one_that_took_over(tree: UnitTree) -> None:
    with pytest.raises(Refused, match="Sở Nông nghiệp và Môi trường"):
        tree.get("so-40-tnmt", TODAY)
    assert tree.is_open("so-40-tnmt", date(2025, 2, 28))


def test_an_open_unit_has_no_successors(tree: UnitTree) -> None:
    assert tree.successors("xa-17971", TODAY) == ()


def test_an_unknown_unit_is_bad_input(tree: UnitTree) -> None:
    with pytest.raises(BadInput) as refusal:
        tree.get("xa-99999", TODAY)
    assert refusal.value.code == "unknown_unit"
    assert tree.find("xa-99999") is None
    assert tree.name_of("xa-99999") == "xa-99999"
    assert not tree.is_open("xa-99999", TODAY)


def test_a_new_commune_is_refused_before_its_first_day(tree: UnitTree) -> None:
    with pytest.raises(Refused) as refusal:
        tree.get("xa-17971", LAST_DISTRICT_DAY)
    assert refusal.value.code == "unit_not_open_yet"


def test_history_knows_the_name_of_a_closed_unit(tree: UnitTree) -> None:
    assert tree.name_of("huyen-430") == "Huyện Nam Đàn"


@pytest.mark.parametrize(
    ("scope", "unit", "is_covered"),
    [
        ("tinh-40", "xa-17971", True),
        ("tinh-40", "so-40-xd", True),
        ("tinh-40", "tinh-40", True),
        ("tw", "xa-17971", True),
        ("xa-17971", "xa-17971", True),
        ("xa-17971", "tinh-40", False),
        ("xa-17971", "xa-17935", False),
        ("so-40-xd", "xa-17971", False),
        ("tinh-40", "ban-40-ubkt", False),
        ("tinh-40", "xa-99999", False),
        ("xa-99999", "xa-99999", False),
    ],
)
def test_a_scope_covers_itself_and_what_stands_below(tree: UnitTree, scope: str, unit: str, is_covered: bool) -> None:
    assert tree.covers(scope, unit, TODAY) is is_covered


def test_the_province_still_covers_a_closed_district_which_itself_covers_nothing(tree: UnitTree) -> None:
    assert tree.covers("tinh-40", "huyen-430", TODAY)
    assert not tree.covers("huyen-430", "huyen-430", TODAY)
    assert tree.covers("huyen-430", "huyen-430", LAST_DISTRICT_DAY)


def test_children_of_the_province_are_what_is_open_that_day(tree: UnitTree) -> None:
    today = {unit.id for unit in tree.children("tinh-40", TODAY)}
    before = {unit.id for unit in tree.children("tinh-40", LAST_DISTRICT_DAY)}
    assert "xa-17971" in today - before
    assert "huyen-430" in before - today
    assert "so-40-xd" in today & before


def test_every_reference_in_the_tree_leads_to_a_unit(tree: UnitTree) -> None:
    named = [unit.superior for unit in tree if unit.superior] + [s for unit in tree for s in unit.successors]
    assert [name for name in named if tree.find(name) is None] == []


def test_every_closed_unit_names_who_followed(tree: UnitTree) -> None:
    assert [unit.id for unit in tree if unit.valid_to and not unit.successors] == []


def test_every_id_is_well_formed_and_every_text_is_composed_unicode(tree: UnitTree) -> None:
    ids: TypeAdapter[str] = TypeAdapter(UnitId)
    for unit in tree:
        assert ids.validate_python(unit.id) == unit.id
        assert unit.name == unicodedata.normalize("NFC", unit.name)
        assert unit.headed_as == unicodedata.normalize("NFC", unit.headed_as)


def _department(**changed: object) -> Unit:
    department = Unit(
        id="so-40-mau",
        name="Sở Mẫu",
        level=UnitLevel.DEPARTMENT,
        superior=None,
        valid_from=date(2020, 1, 1),
        valid_to=None,
        official_code=None,
        headed_as="Giám đốc Sở Mẫu",
        recorded_on=date(2020, 1, 1),
    )
    return replace(department, **changed)  # type: ignore[arg-type]  # a test names fields freely


def test_a_unit_that_changes_its_name_is_known_by_each_name_in_its_time() -> None:
    before = _department(valid_to=date(2025, 12, 31))
    after = _department(name="Sở Mẫu Mới", valid_from=date(2026, 1, 1), recorded_on=date(2025, 12, 1))
    tree = UnitTree([after, before])
    assert tree.get("so-40-mau", date(2025, 12, 31)).name == "Sở Mẫu"
    assert tree.get("so-40-mau", date(2026, 1, 1)).name == "Sở Mẫu Mới"
    assert tree.name_of("so-40-mau") == "Sở Mẫu Mới"


def test_a_correction_counts_from_when_it_was_recorded_and_what_was_known_before_stays_visible() -> None:
    as_first_told = _department()
    corrected = _department(valid_to=date(2024, 6, 30), recorded_on=date(2024, 9, 1))
    tree = UnitTree([corrected, as_first_told])
    assert not tree.is_open("so-40-mau", date(2024, 8, 1))
    assert tree.as_known_on(date(2024, 8, 31)).is_open("so-40-mau", date(2024, 8, 1))


def test_units_that_stand_under_each_other_in_a_ring_cover_nothing_and_end() -> None:
    ring = UnitTree([_department(id="so-a", superior="so-b"), _department(id="so-b", superior="so-a")])
    assert not ring.covers("so-c", "so-a", TODAY)
    assert ring.covers("so-a", "so-b", TODAY)


def test_who_followed_a_superior_that_ended_is_the_superior_and_a_closed_unit_keeps_its_own() -> None:
    ended, since = date(2026, 3, 31), date(2026, 4, 1)
    tree = UnitTree(
        [
            *organisation(),
            _department(id="so-40-cu", valid_to=ended, successors=("so-40-moi",)),
            _department(id="so-40-moi", valid_from=since),
            _department(id="phong-40-mau", superior="so-40-cu"),
            _department(id="phong-40-cu", superior="so-40-cu", valid_to=ended),
        ]
    )
    found = {
        (unit_id, day): above.id
        for unit_id in ("phong-40-mau", "phong-40-cu")
        for day in (ended, since)
        if (above := tree.superior(unit_id, day))
    }
    assert found == {
        ("phong-40-mau", ended): "so-40-cu",
        ("phong-40-mau", since): "so-40-moi",
        ("phong-40-cu", ended): "so-40-cu",
        ("phong-40-cu", since): "so-40-moi",
    }


def test_police_and_enforcement_stand_under_their_ministries_and_not_in_the_reach_of_the_province(
    tree: UnitTree,
) -> None:
    for agency, ministry in (("ca-40", "bo-ca"), ("tha-40", "bo-tp")):
        above = tree.superior(agency, TODAY)
        assert above is not None
        assert above.id == ministry
        assert not tree.covers("tinh-40", agency, TODAY)


def test_who_is_a_deputy_elsewhere_is_named_by_units_that_stand(tree: UnitTree) -> None:
    assert tree.led_with("btcd-40", TODAY) == ("btcd-40", "vp-40")
    assert tree.led_with("tinh-40", TODAY) == ("tinh-40",)
    led = [unit.headed_by_deputy_of for unit in tree if unit.headed_by_deputy_of]
    assert [name for name in led if not tree.is_open(name, TODAY)] == []


def test_not_open_yet_is_not_ended(tree: UnitTree) -> None:
    assert not tree.has_begun("xa-17971", LAST_DISTRICT_DAY)
    assert not tree.has_ended("xa-17971", LAST_DISTRICT_DAY)
    assert tree.has_ended("huyen-430", FIRST_COMMUNE_DAY)
    assert not tree.has_ended("huyen-430", LAST_DISTRICT_DAY)
    assert not tree.has_ended("xa-99999", TODAY)


def test_only_who_alone_followed_has_the_place_whatever_the_matter(tree: UnitTree) -> None:
    assert tree.sole_successor("so-40-tnmt", TODAY) == "so-40-nnmt"
    assert tree.sole_successor("huyen-430", TODAY) is None
    assert tree.sole_successor("xa-17971", TODAY) is None


def test_between_two_turning_days_nothing_in_the_tree_changes(tree: UnitTree) -> None:
    assert FIRST_COMMUNE_DAY in tree.turning_days(TODAY)
    assert FIRST_COMMUNE_DAY not in tree.turning_days(LAST_DISTRICT_DAY)
    assert all(day <= TODAY for day in tree.turning_days(TODAY))
