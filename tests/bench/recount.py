"""How long it takes to count every open case again after a plan of the calendar was entered."""

import asyncio
import shutil
import time
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from contracts.facts.base import VIETNAM
from contracts.facts.calendar import CalendarDay, CalendarPlan
from contracts.facts.intake import PetitionFiled
from contracts.ids import PetitionId
from contracts.vocabulary import Channel, DayReason, MatterField, PetitionKind, RespondentPost, Role
from services.chassis.clock import FrozenClock
from services.chassis.ledger.port import Where
from services.chassis.ledger.sqlite import SqliteLedger
from services.chassis.lifecycle import Chassis
from services.routing.app import calendars_of, cases_of, standing_law_of
from services.routing.domain import acts
from services.routing.domain.calendar_book import Signature, enter
from services.routing.domain.case import Case
from services.routing.domain.law import Law
from services.routing.domain.opening import open_case
from services.routing.recount import Recount
from services.routing.settings import RoutingSettings
from services.routing.store import CALENDAR, CASES, case_keys
from tests.bench.figures import Figure, Goal, Row
from tests.bench.place import Place

CASES_WANTED: Final = 100_000
_TODAY: Final = datetime(2027, 1, 25, 9, tzinfo=VIETNAM)
_COMMUNE: Final = "xa-17971"
_SEED_PAGE: Final = 1_000
_TELL_EVERY_SECONDS: Final = 5.0
_RECEIVED_WITHIN_DAYS: Final = 60
_ACCEPTED_EACH: Final = 2
_SIGNATURE: Final = Signature(signer="bench", value="", sha256="0" * 64)
PLAN: Final = CalendarPlan(
    scope="state",
    effective_from=date(2027, 1, 20),
    document="1/TB-BNV",
    days=(
        CalendarDay(day=date(2027, 1, 29), is_working=False, reason=DayReason.SWAPPED_OFF),
        CalendarDay(day=date(2027, 2, 3), is_working=False, reason=DayReason.TET),
        CalendarDay(day=date(2027, 2, 22), is_working=False, reason=DayReason.OTHER_HOLIDAY),
        CalendarDay(day=date(2027, 2, 27), is_working=True, reason=DayReason.SWAPPED_ON),
    ),
)


async def measure(place: Place) -> Sequence[Figure]:
    """The same ledger each time: seeded once, copied for each repetition. Nothing on servers: SQLite only."""
    if place.engines != "embedded":
        return []
    seed = place.folder / "seed"
    place.say(f"seeding {CASES_WANTED:,} open cases")
    await _seed(seed)
    seconds, processor, moved, written = [], [], 0, 0
    for number in range(place.repetitions):
        folder = place.folder / f"run-{number}"
        shutil.copytree(seed, folder)
        used = time.process_time()
        took, moved, written = await _recount(place, folder)
        processor.append(time.process_time() - used)
        seconds.append(took)
        shutil.rmtree(folder)
    note = f"{written:,} cases reach the first changed day and were written, {moved:,} of them moved and said so"
    what = f"{CASES_WANTED:,} open cases after a plan"
    return [
        Figure(what, "s", seconds, goal=Goal("at_most", 60.0), note=note),
        Figure(f"{what}: processor time of it", "s", processor, note="all threads of the process"),
    ]


def petitions(count: int) -> Iterator[PetitionFiled]:
    """Complaints, denunciations and recommendations of the last two months."""
    kinds = (PetitionKind.COMPLAINT, PetitionKind.COMPLAINT, PetitionKind.DENUNCIATION, PetitionKind.RECOMMENDATION)
    for number in range(count):
        kind = kinds[number % len(kinds)]
        yield PetitionFiled(
            petition_id=PetitionId(UUID(int=number + 1)),
            kind=kind,
            code="HS26-7K4QM9",
            channel=Channel.POST if kind is PetitionKind.DENUNCIATION else Channel.COUNTER,
            received_at=_TODAY - timedelta(days=number % _RECEIVED_WITHIN_DAYS),
            received_by="tinh-40" if kind is PetitionKind.DENUNCIATION else _COMMUNE,
            matter_field=MatterField.LAND,
            matter_unit=_COMMUNE,
            respondent_unit=_COMMUNE,
            respondent_post=RespondentPost.HEAD,
            decision_known_on=date(2026, 11, 20),
            content_sha256="0" * 64,
        )


def a_case(filed: PetitionFiled, number: int, law: Law) -> Case:
    """Opened by the live function; every second complaint that can be is accepted by its commune on that day."""
    case, _ = open_case(filed, now=filed.received_at, law=law, public_id_key=b"k" * 32)
    if number % _ACCEPTED_EACH or case.competent_authority != case.held_by:
        return case
    on = filed.received_at.date()
    return acts.accept(case, by=case.held_by, on=on, law=law)[0] if case.kind is PetitionKind.COMPLAINT else case


async def _seed(folder: Path) -> None:
    """Cases as routing keeps them, through its own drawer; their first facts are on the bus long ago."""
    folder.mkdir()  # noqa: ASYNC240 - before anything runs
    chassis, settings = _chassis(folder)
    drawer = chassis.drawer(CASES, Case, case_keys)
    law = standing_law_of(settings).now
    await chassis.ledger.open([CASES, CALENDAR])
    made = [a_case(filed, number, law) for number, filed in enumerate(petitions(CASES_WANTED))]
    for start in range(0, len(made), _SEED_PAGE):
        await asyncio.gather(*(drawer.add(str(case.case_id), case, []) for case in made[start : start + _SEED_PAGE]))
    await chassis.ledger.close()


async def _recount(place: Place, folder: Path) -> tuple[float, int, int]:
    """Seconds from the durable entry of the plan until no case is behind; how many cases moved and were written."""
    chassis, settings = _chassis(folder)
    law = standing_law_of(settings)
    cases, calendars = cases_of(chassis, law), calendars_of(chassis, settings)
    await chassis.ledger.open([CASES, CALENDAR])  # opened anew: the planner looks at what is there
    recount = Recount(cases, calendars, law, page=settings.recount_page, meters=chassis.meters)
    now = chassis.clock.now()
    began = told = time.monotonic()
    await calendars.enter(lambda book: enter(book, PLAN, _SIGNATURE, by="tinh-40", role=Role.SYSTEM_OPERATOR, now=now))
    while await recount.step():
        if time.monotonic() - told >= _TELL_EVERY_SECONDS:
            told, progress = time.monotonic(), await recount.progress()
            place.say(f"{told - began:.0f} s: {progress.done:,} of {progress.total:,}")
    took = time.monotonic() - began
    progress = await recount.progress()
    assert progress.is_done
    assert progress.total == CASES_WANTED
    waiting, _ = await chassis.ledger.pending_stats(CASES.name)
    moved = CASES_WANTED - await _still(chassis)
    written = await chassis.ledger.count(CASES.name, Where(prefix={"recount": "000001/"}))
    await chassis.ledger.close()
    place.say(f"{took:.1f} s: all {progress.total:,}, {written:,} written; {waiting:,} facts wait for the bus")
    return took, moved, written


async def _still(chassis: Chassis) -> int:
    """Cases with nothing to say: no date of theirs moved."""
    said, after = 0, None
    while found := await chassis.ledger.with_pending(CASES.name, _SEED_PAGE, after=after):
        said, after = said + len(found), found[-1]
    return CASES_WANTED - said


def _chassis(folder: Path) -> tuple[Chassis, RoutingSettings]:
    settings = RoutingSettings(data_folder=folder)
    ledger = SqliteLedger(folder / "ledger.sqlite")
    return Chassis("routing", settings, clock=FrozenClock(_TODAY), ledger=ledger), settings


ROWS: Final = (
    Row(
        name="recount",
        work="count 100,000 open cases again after a plan of the calendar was entered",
        beside="nothing",
        goal="≤ 60 s",
        method="""
Routing's own recount loop on the embedded ledger, in one process without doors and without a bus: 100,000 open cases of
the last sixty days (half complaints, a quarter denunciations, a quarter recommendations; every second complaint
accepted), opened by the live functions. The plan names four days of the five weeks to come. Measured from the call that
makes it durable until no case is behind: every case with an open clock that reaches the first changed day is read,
counted again by the live function, and written durably with its new revision and, where a date moved, its facts and
their public twins; a clock that ends before cannot move and is not touched. To carry the facts to the bus comes after.
""",
        measure=measure,
    ),
)
