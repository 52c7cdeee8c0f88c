"""Whom an officer may see: the own unit and all below, as part of the query."""

from datetime import date

import pytest

from contracts.units import organisation
from contracts.vocabulary import Role
from services.chassis.auth.caller import Caller
from services.chassis.auth.scope import NOTHING, scope_of

TODAY = date(2026, 11, 23)


def a_caller(unit: str | None) -> Caller:
    return Caller("s", frozenset({Role.PETITION_OFFICER}), unit)


def test_a_commune_officer_sees_the_own_commune_only() -> None:
    scope = scope_of(a_caller("xa-17971"), organisation(), TODAY)

    assert scope.unit_ids == {"xa-17971"}
    assert scope.where("unit").one_of == {"unit": ["xa-17971"]}


def test_the_province_sees_its_130_communes_and_departments() -> None:
    scope = scope_of(a_caller("tinh-40"), organisation(), TODAY)
    communes = organisation().communes(TODAY)

    assert len(communes) == 130
    assert all(scope.covers(commune.id) for commune in communes)
    assert not scope.covers("tw-btcd")


@pytest.mark.parametrize("unit", [None, "xa-99999", "huyen-nowhere"])
def test_a_caller_without_a_standing_unit_sees_nothing(unit: str | None) -> None:
    assert scope_of(a_caller(unit), organisation(), TODAY) == NOTHING


def test_who_alone_followed_a_closed_unit_sees_what_was_its_own() -> None:
    scope = scope_of(a_caller("so-40-nnmt"), organisation(), TODAY)

    assert scope.unit_ids == {"so-40-nnmt", "so-40-tnmt", "so-40-nnptnt"}
    assert scope_of(a_caller("so-40-tnmt"), organisation(), TODAY) == NOTHING
