"""[[transition]] of documents.toml: who edits it changes what happens in matters accepted before the border."""

import re
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from contracts.facts.routing import RequestAnswer
from contracts.law.catalogue import Catalogue
from contracts.law.source import DATA_FOLDER
from contracts.vocabulary import AnswerKind, ComplexityTest, PetitionKind, SuspensionGround, WithdrawalScope
from services.routing.domain import acts
from services.routing.domain.acts.answers import must_answer
from services.routing.domain.case import Case, Status
from services.routing.domain.explain import explain
from services.routing.domain.law import Law
from services.routing.domain.opening import on_withdrawn
from tests.routing.given import (
    KIM_LIEN,
    LAW,
    LKN_31,
    NUMBER,
    OFFICE,
    case_of,
    clock_ids,
    day,
    denounced,
    filed,
    reading_of,
    refused,
    rolled,
    withdrawn,
)

BEFORE, SINCE = "2026-06-15", "2026-08-17"
"""Accepted under the old law; under the new one, as in C19."""
Edit = Callable[[str], str]


def without(transition: str) -> Edit:
    """The documents without that row."""
    return lambda text: re.sub(rf'\[\[transition\]\]\nid = "{transition}".*?(?=\n\[\[)', "", text, flags=re.DOTALL)


def law_of(folder: Path, **edits: Edit) -> Law:
    """The law of a copy of the tables with these edits, by table."""
    copied = Path(shutil.copytree(DATA_FOLDER, folder / "data"))
    for table, edit in edits.items():
        path = copied / f"{table}.toml"
        text = path.read_text(encoding="utf-8")
        assert edit(text) != text
        path.write_text(edit(text), encoding="utf-8")
    return Law(Catalogue.load(copied), LAW.calendar, LAW.units)


@pytest.fixture
def plain(tmp_path: Path) -> Law:
    """The law without the transition of complaints."""
    return law_of(tmp_path, documents=without("complaints_2026"))


def accepted(on: str, law: Law, kind: PetitionKind = PetitionKind.COMPLAINT, requests: int = 1) -> Case:
    said: dict[str, Any] = {"received_by": OFFICE} if kind is PetitionKind.DENUNCIATION else {}
    fact = denounced(on, **said) if kind is PetitionKind.DENUNCIATION else filed(on)
    case = case_of(fact, law)
    assert case.competent_authority
    return acts.accept(case, by=case.competent_authority, on=day(on), law=law, request_count=requests)[0]


def suspended(case: Case, on: str, law: Law) -> Case:
    assert case.competent_authority
    by, ground = case.competent_authority, SuspensionGround.FORCE_MAJEURE
    return acts.suspend(case, by=by, ground=ground, document_number=NUMBER, on=day(on), law=law)[0]


def extended(case: Case, on: str, law: Law) -> Case:
    assert case.competent_authority
    tests = [ComplexityTest.SEVERAL_PLACES]
    by = case.competent_authority
    return acts.extend(case, by=by, tests=tests, document_number=NUMBER, on=day(on), law=law)[0]


def test_c22_a_complaint_accepted_before_is_suspended_by_transition_alone(plain: Law) -> None:
    still = suspended(accepted(BEFORE, LAW), "2026-07-10", LAW)
    assert still.status is Status.SUSPENDED
    assert rolled(still, "K11") == day("2026-07-15")
    told = refused("not_suspendable", lambda: suspended(accepted(BEFORE, plain), "2026-07-10", plain))
    assert "không được tạm đình chỉ" in told


def test_c22_nobody_suspends_a_complaint_before_the_border() -> None:
    refused("not_suspendable", lambda: suspended(accepted(BEFORE, LAW), "2026-06-30", LAW))
    assert suspended(accepted(BEFORE, LAW), "2026-07-01", LAW).status is Status.SUSPENDED


def test_c19_a_complaint_accepted_since_needs_no_transition(plain: Law) -> None:
    for law in (LAW, plain):
        still = suspended(accepted(SINCE, law), "2026-08-28", law)
        assert rolled(still, "K11") == day("2026-09-07")
        again, _ = acts.resume(still, by=KIM_LIEN, document_number=NUMBER, on=day("2026-09-21"), law=law)
        assert (reading_of(again, "K3").raw_due, rolled(again, "K3")) == (day("2026-10-10"), day("2026-10-12"))
        assert rolled(again, "K11") == day("2026-09-24")


def test_c22_the_decision_to_discontinue_is_sent_in_the_new_time_by_transition(plain: Law) -> None:
    def discontinued(law: Law) -> Case:
        given_up, _ = on_withdrawn(accepted(BEFORE, law), withdrawn("2026-07-10"), law)
        return acts.discontinue(given_up, by=KIM_LIEN, document_number=NUMBER, on=day("2026-07-10"), law=law)[0]

    assert rolled(discontinued(LAW), "K11") == day("2026-07-15")
    assert "K11" not in clock_ids(discontinued(plain))
    assert discontinued(plain).status is Status.DISCONTINUED, "the old LKN 10 knew it, without a number of days"


@pytest.mark.parametrize(("dialogue", "owed"), [("2026-06-30", False), ("2026-07-01", True), ("2026-07-20", True)])
def test_c22_the_invitation_to_a_dialogue_follows_the_law_of_the_dialogue_by_transition(
    plain: Law, dialogue: str, *, owed: bool
) -> None:
    def planned(law: Law) -> Case:
        case = accepted(BEFORE, law)
        return acts.plan_dialogue(case, dialogue_on=day(dialogue), by=KIM_LIEN, on=day("2026-06-22"), law=law)[0]

    assert ("K10" in clock_ids(planned(LAW))) is owed
    assert "K10" not in clock_ids(planned(plain))


@pytest.mark.parametrize(("on", "scope"), [("2026-06-30", None), ("2026-07-01", WithdrawalScope.PARTIAL)])
def test_c18_a_part_is_withdrawn_by_the_law_of_that_day_through_the_transition(
    plain: Law, on: str, scope: WithdrawalScope | None
) -> None:
    part = withdrawn(on, WithdrawalScope.PARTIAL)
    assert on_withdrawn(accepted(BEFORE, LAW), part, LAW)[0].withdrawn is scope
    after, facts = on_withdrawn(accepted(BEFORE, plain, requests=2), part, plain)
    assert (after.withdrawn, after.status) == (None, Status.ACCEPTED)
    assert facts, "it is said that it goes on"
    answers = [
        {"request": 1, "answer": AnswerKind.GRANTED},
        {"request": 2, "answer": AnswerKind.WITHDRAWN},
    ]
    refused("not_withdrawn", lambda: answered(after, answers, plain))


def answered(case: Case, answers: list[dict[str, Any]], law: Law) -> None:
    given = [RequestAnswer(**one) for one in answers]
    must_answer(case, legal_grounds=LKN_31, answers=given, document_number=NUMBER, on=day("2026-07-10"), law=law)


@pytest.mark.parametrize(("law_row", "due"), [(True, "2026-08-29"), (False, "2026-08-14")])
def test_an_open_denunciation_is_extended_by_decree_156_through_the_transition(
    tmp_path: Path, due: str, *, law_row: bool
) -> None:
    """The extension of the new row is made longer, so that the two laws can be told apart."""
    law = law_of(tmp_path, clocks=longer_since_july("T4", 60, 75), **({} if law_row else DROPPED))
    case = extended(accepted(BEFORE, law, PetitionKind.DENUNCIATION), "2026-07-10", law)
    assert reading_of(case, "T4").raw_due == day(due)
    told = next(one.told for one in explain(case, law).clocks if one.told.reading.clock == "T4")
    assert told.law_from == (date(2026, 7, 1) if law_row else date(2019, 5, 28))
    assert told.reading.raw_due == day(due), "told by the same law"


def test_a_complaint_is_extended_by_the_law_of_acceptance_until_its_transition_says_settlement(tmp_path: Path) -> None:
    longer = longer_since_july("K3", 45, 50)
    kept = law_of(tmp_path / "kept", clocks=longer)
    assert reading_of(extended(accepted(BEFORE, kept), "2026-07-10", kept), "K3").raw_due == day("2026-07-30")
    added = law_of(tmp_path / "added", clocks=longer, documents=lambda text: text.replace('"dialogue"]', ADDED, 1))
    assert reading_of(extended(accepted(BEFORE, added), "2026-07-10", added), "K3").raw_due == day("2026-08-04")


def test_c22_the_acceptance_limit_stays_under_the_law_of_receipt_whatever_the_transition(plain: Law) -> None:
    for law in (LAW, plain):
        case = case_of(filed("2026-06-25"), law)
        assert (reading_of(case, "K2").raw_due, rolled(case, "K2")) == (day("2026-07-05"), day("2026-07-06"))


DROPPED: dict[str, Edit] = {"documents": without("denunciations_2026")}
ADDED = '"dialogue", "settlement"]'


def longer_since_july(clock: str, total: int, longer: int) -> Edit:
    """The first extension of the clock's row of 1/7/2026, longer."""
    pattern = rf'(id = "{clock}"(?:(?!\[\[clock\]\]).)*?in_force_from = 2026-07-01.*?amount = ){total}\b'
    return lambda text: re.sub(pattern, rf"\g<1>{longer}", text, count=1, flags=re.DOTALL)
