"""Who is near an accused unit: also who has one leadership with it, and who stands in for another."""

from datetime import date

from contracts.law.secrecy import is_near, never_shown_to
from contracts.units import Unit, UnitTree, organisation
from contracts.vocabulary import UnitLevel

TODAY = date(2026, 9, 7)
UNITS = organisation()
OFFICE, CHANCELLERY, PROVINCE, KIM_LIEN = "btcd-40", "vp-40", "tinh-40", "xa-17971"


def test_the_reception_board_and_the_office_whose_deputy_heads_it_have_one_leadership() -> None:
    assert is_near(CHANCELLERY, OFFICE, UNITS, TODAY), "the accused deputy may be the board's own head"
    assert is_near(OFFICE, CHANCELLERY, UNITS, TODAY), "its head is a deputy there"
    assert not is_near(OFFICE, PROVINCE, UNITS, TODAY), "the board acts for the province and does not head it"
    assert not is_near(OFFICE, KIM_LIEN, UNITS, TODAY)


def test_what_is_not_shown_is_what_accuses_the_own_unit_or_the_body_it_acts_for() -> None:
    never = never_shown_to(frozenset({OFFICE, PROVINCE}), UNITS, TODAY)
    assert {OFFICE, CHANCELLERY, PROVINCE, "tw"} <= never
    assert not {KIM_LIEN, "so-40-xd", "vks-40"} & never


def test_who_was_near_before_a_change_of_the_tree_stays_so() -> None:
    """A petition of the time before the change must not come out because of it."""
    change = date(2026, 1, 1)
    tree = UnitTree([_unit("a"), _unit("b"), _unit("c", "a", to=date(2025, 12, 31)), _unit("c", "b", since=change)])
    assert not is_near("a", "c", tree, TODAY)
    assert never_shown_to(frozenset({"c"}), tree, TODAY) == {"a", "b", "c"}
    assert never_shown_to(frozenset({"c"}), tree, date(2025, 12, 31)) == {"a", "c"}


def test_units_that_lead_and_follow_each_other_in_a_ring_have_an_end() -> None:
    ended = date(2025, 6, 30)
    tree = UnitTree([_unit("a", led_with="c"), _unit("b", to=ended, followers=("a",)), _unit("c", led_with="b")])
    assert all(is_near(one, another, tree, TODAY) for one in "abc" for another in "ac")


def _unit(
    name: str,
    superior: str | None = None,
    *,
    since: date = date(2020, 1, 1),
    to: date | None = None,
    followers: tuple[str, ...] = (),
    led_with: str | None = None,
) -> Unit:
    return Unit(
        id=name,
        name=name,
        level=UnitLevel.DEPARTMENT,
        superior=superior,
        valid_from=since,
        valid_to=to,
        official_code=None,
        headed_as=name,
        successors=followers,
        headed_by_deputy_of=led_with,
    )
