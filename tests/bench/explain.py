"""How many situations one core explains in a second, from JSON to JSON."""

import json
import time
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from typing import Any, Final

from contracts.facts.intake import PetitionFiled
from services.routing.answering import answer, read
from services.routing.app import law_of
from services.routing.domain.case import Case
from services.routing.domain.explain import explain
from services.routing.domain.law import Law
from services.routing.domain.opening import open_case
from services.routing.persons import fields_from
from services.routing.settings import RoutingSettings
from tests.bench.figures import Figure, Goal, Row
from tests.bench.place import Place

_CASES: Final = Path(__file__).parents[2] / "examples" / "cases"
_FILED: Final = ("C03", "C13", "D08", "D10", "D13", "D22", "E01", "E03")
"""Cases that state no other day than that of receipt: they may be received on any."""
_LIVED: Final = ("C01", "C06", "D06", "D01")
_FIRST_DAY: Final = date(2026, 7, 1)
_DAYS: Final = 365
_BATCH: Final = 100
_HALF_A_MILLISECOND: Final = Goal("at_most", 0.5)
_MS: Final = 1000.0

Explained = Callable[[bytes], object]


async def measure(place: Place) -> Sequence[Figure]:
    """Processor time of this process, which does nothing else; rates by the wall clock beside it."""
    law, days = law_of(RoutingSettings()), RoutingSettings().supplement_answer_working_days

    def explained(body: bytes) -> object:
        return answer(read(body), law, supplement_answer_working_days=days).model_dump_json()

    filed = [_situation(case_id, number) for number in range(_DAYS) for case_id in _FILED]
    lived = [(_CASES / f"{case_id}.json").read_bytes() for case_id in _LIVED]
    cases = [_case(body, law) for body in filed]
    alone, whole, life, rates = [], [], [], []
    for number in range(place.repetitions):
        alone.append(_milliseconds(lambda case: explain(case, law), cases, place.seconds)[0])
        spent, rate = _milliseconds(explained, filed, place.seconds)
        whole.append(spent)
        rates.append(rate)
        life.append(_milliseconds(explained, lived, place.seconds)[0])
        place.say(f"{number + 1}/{place.repetitions}: {whole[-1]:.3f} ms, {rates[-1]:.0f}/s; life {life[-1]:.3f} ms")
    return [
        Figure(
            "a petition on any day of a year, JSON to JSON: processor time",
            "ms",
            whole,
            goal=_HALF_A_MILLISECOND,
            note=f"{_MS / median(whole):,.0f}/s on a core of its own",
        ),
        Figure("the same by the wall clock, the machine shared", "/s", rates),
        Figure("explain(case) alone: processor time", "ms", alone, goal=_HALF_A_MILLISECOND),
        Figure("a case with its whole life (C01, C06, D06, D01), JSON to JSON: processor time", "ms", life),
    ]


def _situation(case_id: str, day: int) -> bytes:
    stated: dict[str, Any] = json.loads((_CASES / f"{case_id}.json").read_bytes())
    stated["petition"]["received_at"] = (_FIRST_DAY + timedelta(days=day)).isoformat()
    stated["petition"].pop("earlier_decision_received_on", None)
    return json.dumps({"petition": stated["petition"], "persons": stated.get("persons", [])}).encode()


def _case(body: bytes, law: Law) -> Case:
    situation = read(body)
    filed: PetitionFiled = situation.petition.filed(fields_from(situation.persons))
    return open_case(filed, now=filed.received_at, law=law, public_id_key=b"")[0]


def _milliseconds(work: Callable[[Any], object], on: Sequence[Any], seconds: float) -> tuple[float, float]:
    """Processor time of one, and how many there were in a second of the wall clock. The first round is not counted."""
    for one in on[: len(on) // 2]:
        work(one)
    turns, done = cycle(on), 0
    began, spent = time.perf_counter(), time.process_time()
    while time.perf_counter() - began < seconds:
        for one in islice(turns, _BATCH):
            work(one)
        done += _BATCH
    return (time.process_time() - spent) / done * _MS, done / (time.perf_counter() - began)


ROWS: Final = (
    Row(
        name="explain",
        work="situations explained on one core",
        beside="",
        goal="≥ 2,000/s on one core, which is ≤ 0.5 ms of processor time each",
        method="""
No server and no engine: the function of the door, in one process and one thread. Eight worked cases, each received on
every day of a year (2,920 different situations), read from JSON, checked, opened, routed, explained with every rule
and every skipped day, and written as JSON. *With its whole life* adds the orders of the case and the days in between.
Clocks from the same day and rules for the same reason are worked out once and kept (`contracts/law/clocks.py`,
`domain/explain.py`), in the live service as here.
""",
        measure=measure,
    ),
)
