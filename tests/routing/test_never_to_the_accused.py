"""No denunciation reaches its accused, no route ends at an abolished unit: any organisation tree, any order of acts.

Who is near the accused is worked out here anew, step by step, so that a fault in the law's own function shows.
"""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any, Final

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from contracts.errors import TiepdanError
from contracts.facts.base import Fact, vietnam_day
from contracts.facts.intake import PetitionFiled
from contracts.facts.particulars import Particulars
from contracts.law.authorities import Authorities, DeskRow, FieldRow, SpecialMatter
from contracts.units import Unit, UnitTree
from contracts.vocabulary import (
    Channel,
    CompetenceRefusalGround,
    EscalationReason,
    MatterField,
    PetitionKind,
    RespondentFunction,
    RespondentMove,
    RespondentPost,
    Role,
    SubjectMatter,
    UnitLevel,
)
from services.chassis.auth.caller import Caller
from services.routing.api import may_see, reach_for
from services.routing.domain import acts
from services.routing.domain.case import Case
from services.routing.domain.competence import received_on
from services.routing.domain.escalation import tick
from services.routing.domain.law import Law
from services.routing.domain.opening import on_supplemented
from services.routing.domain.outcome import route
from services.routing.store import Reach, case_keys
from tests.routing.given import LAW, day, denounced, opened, supplemented

OFFICER: Final = frozenset({Role.PETITION_OFFICER})
KEEPER: Final = "giu-don"
"""A unit outside every tree: it keeps what nobody else may hold."""
RECEIVED: Final = day("2026-09-07")
SINCE: Final = day("2015-01-01")
ENDED: Final = (None, None, None, day("2025-06-30"), day("2026-09-06"), day("2026-10-15"))
"""When a unit ends: mostly never, sometimes before the petition, sometimes while it is being handled."""
LEVELS: Final = (UnitLevel.COMMUNE, UnitLevel.DEPARTMENT, UnitLevel.PROVINCE, UnitLevel.DISTRICT, UnitLevel.CENTRAL)
OFFICES: Final = (UnitLevel.PROVINCE, UnitLevel.PROVINCE)
"""Under a province such a unit acts for it: its reception office."""
HEADS: Final = (RespondentPost.HEAD, RespondentPost.DEPUTY_HEAD, RespondentPost.UNIT_ITSELF, None)
NAMED: Final = ("held_by", "to_unit", "guided_to", "settling_authority", "competent_authority", "urged_unit")
"""Fields of facts that name a unit which has the case or gets it."""
NEW: Final = frozenset({"to_unit", "guided_to", "urged_unit"})
"""Those that name where it goes now; who had it before may have ended since."""


@st.composite
def trees(draw: st.DrawFn) -> list[Unit]:
    """Three to twelve units, each under an earlier one or under none; the ended ones followed by others."""
    count = draw(st.integers(3, 12))
    names = [f"don-vi-{number}" for number in range(count)]
    units = []
    for number, name in enumerate(names):
        above = draw(st.sampled_from([None, *names[:number], *names[max(0, number - 3) : number]])) if number else None
        ended = draw(st.sampled_from(ENDED))
        followers = draw(st.lists(st.sampled_from(names), max_size=2, unique=True)) if ended else []
        units.append(
            Unit(
                id=name,
                name=name,
                level=draw(st.sampled_from((*LEVELS, *OFFICES))) if number else UnitLevel.PROVINCE,
                superior=above,
                valid_from=SINCE,
                valid_to=ended,
                official_code=None,
                headed_as=f"Trưởng {name}",
                successors=tuple(follower for follower in followers if follower != name),
                headed_by_deputy_of=draw(st.sampled_from([None, None, None, *names[:number]])),
            )
        )
    keeper = Unit(
        id=KEEPER,
        name=KEEPER,
        level=UnitLevel.CENTRAL,
        superior=None,
        valid_from=SINCE,
        valid_to=None,
        official_code=None,
        headed_as="Trưởng nơi giữ đơn",
    )
    return [*units, keeper]


def authorities(draw: st.DrawFn, names: Sequence[str]) -> Authorities:
    """Desks and managers anywhere in the tree, so that they, too, may be near the accused."""
    since: dict[str, Any] = {"in_force_from": SINCE, "articles": ("LTC 12",), "confidence": "K"}
    anywhere = st.lists(st.sampled_from(names), min_size=1, max_size=3).map(tuple)
    matters = [SpecialMatter.CRIME_SIGNS, RespondentFunction.JUDGE, SubjectMatter.PARTY_DISCIPLINE]
    desks = [DeskRow(matter=matter, units=draw(anywhere), **since) for matter in matters]
    keeper = DeskRow(matter=SpecialMatter.KEEPER, units=(*draw(anywhere), KEEPER), **since)
    one = st.sampled_from(names)
    field = FieldRow(field=MatterField.LAND, ministry=draw(one), department=draw(one), **since)
    return Authorities([field], [*desks, keeper])


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Law, PetitionFiled, str]:
    """A law with a tree, a denunciation received in it, and the unit whose head it denounces."""
    units = draw(trees())
    names = [unit.id for unit in units if unit.id != KEEPER]
    standing = [unit.id for unit in units if unit.is_open(RECEIVED)]
    tree = UnitTree(units)
    law = Law(LAW.catalogue, LAW.calendar, tree, authorities=authorities(draw, names))
    accused = draw(st.sampled_from(names))
    moved = draw(st.booleans())
    below = [unit.id for unit in units if unit.superior == accused]
    then = draw(st.sampled_from([*(below * len(names)), *names])) if moved else accused
    known = Particulars(
        respondent_now_at=accused if moved else None,
        respondent_now_post=draw(st.sampled_from(HEADS)) if moved else None,
        respondent_move=draw(st.sampled_from([None, RespondentMove.HIGHER, RespondentMove.EQUAL_HEAD]))
        if moved
        else draw(st.sampled_from([None, RespondentMove.LEFT])),
        respondent_function=draw(st.sampled_from([None] * 9 + [RespondentFunction.JUDGE])),
        subject=draw(st.sampled_from([None] * 9 + [SubjectMatter.PARTY_DISCIPLINE])),
        is_on_duty=draw(st.sampled_from([None] * 7 + [False])),
        has_signs_of_crime=draw(st.sampled_from([None] * 7 + [True])),
        is_against_result=draw(st.sampled_from([None] * 7 + [True])),
        accepted_elsewhere_by=draw(st.sampled_from([None, *names])),
        also_concerns=tuple(draw(st.lists(st.sampled_from(names), max_size=2))),
    )
    filed = denounced(
        RECEIVED.isoformat(),
        kind=draw(st.sampled_from([PetitionKind.DENUNCIATION] * 5 + [PetitionKind.MIXED])),
        channel=draw(st.sampled_from([Channel.POST, Channel.COUNTER, Channel.WEB])),
        received_by=draw(st.sampled_from(standing)),
        matter_unit=draw(st.sampled_from(standing)),
        respondent_unit=then,
        respondent_post=draw(st.sampled_from((*HEADS, RespondentPost.OFFICER) if moved else HEADS)),
        lower_accepted_on=draw(st.sampled_from([None] * 5 + [day("2026-08-03")])),
        is_anonymous=draw(st.sampled_from([False] * 9 + [True])),
        is_signed=draw(st.sampled_from([True] * 5 + [False])),
        attachment_count=draw(st.integers(0, 1)),
        particulars=known,
    )
    return law, filed, accused


def is_near(accused: str, unit_id: str, tree: UnitTree, on: date) -> bool:
    """The accused unit, who followed it, its office, whatever stands under its head or has the same leadership; slow
    and plain.
    """
    heads = _led_with([accused], tree, lambda unit_id: [unit.id for unit in tree.successors(unit_id, on)])
    return any(_stands_under(heads, place, tree, on) for place in _led_with([unit_id], tree, lambda _: []))


def _led_with(units: list[str], tree: UnitTree, followers: Callable[[str], list[str]]) -> set[str]:
    """These, the bodies whose deputies head them, and who followed any of these, until nothing is new."""
    found: set[str] = set()
    while units:
        one = units.pop()
        known = tree.find(one)
        if known is None or one in found:
            continue
        found.add(one)
        units += [*followers(one), *([known.headed_by_deputy_of] if known.headed_by_deputy_of else [])]
    return found


def _stands_under(heads: set[str], unit_id: str, tree: UnitTree, on: date) -> bool:
    if unit_id in heads:
        return True
    way, here = [unit_id], tree.get(unit_id, on) if tree.is_open(unit_id, on) else tree.find(unit_id)
    while here is not None and here.superior is not None:
        above = tree.find(here.superior)
        if above is None:
            return False
        if above.id in heads:
            return _is_under_that_head(above, way, tree, on)
        way.append(above.id)
        here = above
    return False


def _is_under_that_head(head: Unit, way: Sequence[str], tree: UnitTree, on: date) -> bool:
    """A province's communes, districts and lower provinces have governments of their own; its office has not."""
    if not head.is_open(on):
        return False
    if head.level is not UnitLevel.PROVINCE:
        return True
    levels = {unit.level for name in way if (unit := tree.find(name)) is not None}
    if not levels & {UnitLevel.COMMUNE, UnitLevel.DISTRICT, UnitLevel.PROVINCE}:
        return True
    first = tree.find(way[0])
    return len(way) == 1 and first is not None and first.level is UnitLevel.PROVINCE and first.is_open(on)


class NeverToTheAccused(RuleBasedStateMachine):
    """A denunciation of somebody who heads a unit, and whatever officers and time do with it."""

    @initialize(world=worlds())
    def open(self, world: tuple[Law, PetitionFiled, str]) -> None:
        self.law, self.filed, self.accused = world
        self.now = self.filed.received_at
        self.kept_from: dict[date, dict[str, Reach]] = {}
        self.case, said = opened(self.filed, self.law)
        self.check(said)
        found = route(self.filed, self.law)
        for unit in filter(None, (found.held_by, found.competence.authority, *found.competence.cooperating)):
            assert self.law.units.is_open(unit, RECEIVED), "a route ends at an abolished unit"

    @property
    def today(self) -> date:
        return vietnam_day(self.now)

    def near(self, unit_id: str, on: date) -> bool:
        return is_near(self.accused, unit_id, self.law.units, on)

    def check(self, said: Sequence[Fact]) -> None:
        for fact in said:
            for name in NAMED:
                unit = getattr(fact, name, None)
                if unit is not None:
                    assert not self.near(unit, RECEIVED), f"{fact.TYPE} {name}"
                    assert name not in NEW or not self.near(unit, self.today), f"{fact.TYPE} {name}"
                    assert name not in NEW or self.law.units.is_open(unit, self.today), f"{fact.TYPE} {name} abolished"

    def order(self, act: Callable[[Case], acts.Decided]) -> None:
        try:
            self.case, said = act(self.case)
        except TiepdanError:  # refused: nothing changed and nothing was said
            return
        self.check(said)

    @rule(days=st.sampled_from((0, 1, 8, 50)))
    def time_passes(self, days: int) -> None:
        self.now += timedelta(days=days)
        self.case, said = tick(self.case, self.now, self.law)
        self.check(said)

    @rule(number=st.none() | st.integers(0, 12))
    def guide(self, number: int | None) -> None:
        self.order(lambda case: acts.guide(case, to=self.named(number), on=self.today, law=self.law))

    @rule(number=st.integers(0, 12))
    def transfer(self, number: int) -> None:
        to = self.named(number) or KEEPER
        self.order(lambda case: acts.transfer(case, to=to, by=case.held_by, on=self.today, law=self.law))

    @rule()
    def accept(self) -> None:
        self.order(lambda case: acts.accept(case, by=case.held_by, on=self.today, law=self.law))

    @rule(reason=st.sampled_from((EscalationReason.CHAIR_REQUEST, EscalationReason.COMPETENCE_DISPUTE)))
    def ask_the_superior(self, reason: EscalationReason) -> None:
        self.order(lambda case: acts.request_chair(case, now=self.now, law=self.law, reason=reason))

    @rule(is_signed=st.sampled_from((None, True)))
    def supplement(self, is_signed: bool | None) -> None:
        fact = supplemented(self.today.isoformat(), is_signed=is_signed)
        self.case, said = on_supplemented(self.case, fact, self.law)
        self.check(said)

    @rule(number=st.integers(0, 12), post=st.sampled_from(HEADS))
    def note_that_it_accuses_another(self, number: int, post: RespondentPost | None) -> None:
        """Before or after acceptance, wherever the case was sent or told: the newly accused has it no more."""
        names = sorted({unit.id for unit in self.law.units} - {KEEPER})
        accused = names[number % len(names)]
        cleared = dict.fromkeys(("respondent_now_at", "respondent_now_post", "respondent_move", "respondent_place"))
        found = cleared | {"respondent_unit": accused, "respondent_post": post}
        try:
            after, said = acts.note_particulars(
                self.case, found=found, by=self.case.held_by, on=self.today, law=self.law
            )
        except TiepdanError:  # refused: nothing changed and nothing was said
            return
        self.case, self.accused, self.kept_from = after, accused, {}
        self.check(said)

    @rule(is_capable=st.booleans(), places=st.sampled_from((None, 2)), has_signs=st.sampled_from((None, True)))
    def note_something_else(self, is_capable: bool, places: int | None, has_signs: bool | None) -> None:
        found = {"is_capable": is_capable, "places_to_verify": places, "has_signs_of_crime": has_signs}
        self.order(lambda case: acts.note_particulars(case, found=found, by=case.held_by, on=self.today, law=self.law))

    @rule()
    def refuse_competence(self) -> None:
        self.order(
            lambda case: acts.refuse_competence(
                case,
                ground=CompetenceRefusalGround.OTHER_PERSON,
                document_number="9/CV",
                by=case.held_by,
                on=self.today,
                law=self.law,
            )
        )

    def named(self, number: int | None) -> str | None:
        names = sorted({unit.id for unit in self.law.units})
        return None if number is None else names[number % len(names)]

    @invariant()
    def the_holder_is_not_near(self) -> None:
        assert not self.near(self.case.held_by, received_on(self.filed))

    @invariant()
    def who_took_over_is_not_near_either(self) -> None:
        """And it stands: an ended holder stays only where nobody is known to have its place."""
        for handover in self.case.handovers:
            assert not self.near(handover.to_unit, RECEIVED)
            assert not self.near(handover.to_unit, handover.on)
            assert self.law.units.is_open(handover.to_unit, handover.on)

    @invariant()
    def no_officer_near_the_accused_sees_it_or_has_it_in_a_list(self) -> None:
        """Neither by his own unit nor by the body that it acts for, neither as of the receipt nor as of today."""
        keys = case_keys(self.case)
        if self.today not in self.kept_from:
            self.kept_from[self.today] = self.reaches_of_who_is_near()
        for unit, reach in self.kept_from[self.today].items():
            assert not may_see(self.case, reach), f"{unit} sees it"
            assert not all(keys[name] in values for name, values in reach.where().items()), f"{unit} lists it"

    def reaches_of_who_is_near(self) -> dict[str, Reach]:
        tree, found = self.law.units, {}
        for unit in {unit.id for unit in tree}:
            own = (unit, tree.body_of(unit, self.today))
            if any(self.near(one, on) for one in own for on in (RECEIVED, self.today)):
                found[unit] = reach_for(Caller("officer", OFFICER, unit), tree, self.today)
        return found

    @invariant()
    def whoever_was_told_is_not_near(self) -> None:
        assert not any(self.near(unit, RECEIVED) for unit in self.case.escalated_to)

    @invariant()
    def it_stands_in_no_list_that_the_accused_reads(self) -> None:
        reads = self.law.units.covers(self.accused, self.case.held_by, RECEIVED)
        assert not reads or self.case.listed_under != self.case.held_by


TestNeverToTheAccused = NeverToTheAccused.TestCase
TestNeverToTheAccused.settings = settings(max_examples=500, stateful_step_count=8, deadline=None)
