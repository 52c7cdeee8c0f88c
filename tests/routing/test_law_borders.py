"""Rules that came with a text of their own: what counted on the last day before, and what on the first day of it."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from contracts.facts.particulars import Particulars
from contracts.law.catalogue import Catalogue
from contracts.law.source import DATA_FOLDER
from contracts.vocabulary import DeclineGround, Outcome, PetitionerRole, PetitionKind, PowerForm
from services.routing.domain.law import Law
from services.routing.domain.outcome import Route, route
from tests.routing.given import LAW, PROVINCE, day, filed

AT_THE_PROVINCE: dict[str, Any] = {"received_by": PROVINCE, "respondent_unit": PROVINCE, "matter_unit": PROVINCE}
SEVERAL_ATTORNEYS: dict[str, Any] = {
    "attorney_count": 2,
    "petitioner_role": PetitionerRole.ATTORNEY,
    "power_form": PowerForm.CERTIFIED,
}
NOTARISED: dict[str, Any] = {"petitioner_role": PetitionerRole.ATTORNEY, "power_form": PowerForm.NOTARISED}


def routed(received: str, said: dict[str, Any] | None = None, law: Law = LAW, **known: Any) -> Route:
    return route(filed(received, **(AT_THE_PROVINCE | (said or {})), particulars=Particulars(**known)), law)


def why(found: Route, rule: str) -> str:
    [tried] = [one for one in found.tried if one.rule == rule]
    return tried.why


def with_tables(folder: Path, old: str, new: str, file: str = "rules.toml") -> Law:
    """The law of a copy of the tables in which a lawyer changed something."""
    copied = Path(shutil.copytree(DATA_FOLDER, folder / "data"))
    text = (copied / file).read_text(encoding="utf-8")
    assert old in text
    (copied / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    return Law(Catalogue.load(copied), LAW.calendar, LAW.units)


@pytest.mark.parametrize(
    ("received", "outcome", "rule", "ground"),
    [
        ("2026-06-30", Outcome.ACCEPT_PROPOSE, "R01", None),
        ("2026-07-01", Outcome.DECLINE, "R01b", DeclineGround.WITHDRAWN_BEFORE),
    ],
)
def test_c18_what_was_withdrawn_could_be_lodged_again_until_law_136(
    received: str, outcome: Outcome, rule: str, ground: DeclineGround | None
) -> None:
    found = routed(received, withdrawn_before_on=day("2026-04-01"))
    assert (found.outcome, found.rule, found.decline_ground) == (outcome, rule, ground)
    assert "01/04/2026" in why(found, "R01b")
    assert "Điều 10 Luật Khiếu nại" in why(found, "R01b")
    assert ("chưa cấm" in why(found, "R01b")) is (ground is None)


@pytest.mark.parametrize("received", ["2026-06-30", "2026-07-01"])
def test_c18b_a_withdrawal_under_threat_never_stood_in_the_way(received: str) -> None:
    found = routed(received, withdrawn_before_on=day("2026-04-01"), was_withdrawal_forced=True)
    assert found.outcome is Outcome.ACCEPT_PROPOSE


@pytest.mark.parametrize(
    ("received", "outcome", "cited"),
    [
        ("2020-12-09", Outcome.ACCEPT_PROPOSE, ("LKN 12",)),
        ("2020-12-10", Outcome.DECLINE, ("LKN 11", "ND124 5(3)")),
        ("2026-06-30", Outcome.DECLINE, ("LKN 11", "ND124 5(3)")),
        ("2026-07-01", Outcome.DECLINE, ("LKN 11", "ND155 3", "ND124 5(3)")),
    ],
)
def test_one_content_goes_to_one_attorney_since_decree_124_of_2020(
    received: str, outcome: Outcome, cited: tuple[str, ...]
) -> None:
    found = routed(received, **SEVERAL_ATTORNEYS)
    assert found.outcome is outcome
    for article in cited:
        assert LAW.catalogue.cite(article) in why(found, "R01c")
    if outcome is Outcome.DECLINE:
        assert (found.rule, found.articles) == ("R01c", cited)
        assert found.decline_ground is DeclineGround.UNLAWFUL_REPRESENTATIVE


@pytest.mark.parametrize(
    ("received", "cited"),
    [("2026-06-30", ("LKN 8(4)",)), ("2026-07-01", ("LKN 8(4)", "ND155 10", "ND124 16(1)"))],
)
def test_all_of_a_few_complainants_sign_by_the_text_of_the_day(received: str, cited: tuple[str, ...]) -> None:
    found = routed(received, {"signer_count": 3}, have_all_signed=False)
    assert (found.outcome, found.rule, found.articles) == (Outcome.SUPPLEMENT, "R22a", cited)
    assert [LAW.catalogue.cite(article) in why(found, "R22a") for article in cited] == [True] * len(cited)
    assert routed(received, {"signer_count": 3}, have_all_signed=True).outcome is Outcome.ACCEPT_PROPOSE


def test_whether_all_sign_is_what_the_row_of_the_day_of_receipt_says(tmp_path: Path) -> None:
    """A lawyer who finds that the old text asked for less changes its row, and only what was received before."""
    old = 'outcome = "supplement"\narticles = ["LKN 8(4)"]'
    law = with_tables(tmp_path, old, old.replace("supplement", "accept_propose"))
    three: dict[str, Any] = {"signer_count": 3}
    assert routed("2026-06-30", three, law, have_all_signed=False).rule == "R01"
    assert routed("2026-07-01", three, law, have_all_signed=False).rule == "R22a"


@pytest.mark.parametrize("kind", [PetitionKind.DENUNCIATION, PetitionKind.RECOMMENDATION])
@pytest.mark.parametrize("received", ["2026-06-30", "2026-07-01"])
def test_r22a_is_a_rule_for_complaints_alone(kind: PetitionKind, received: str) -> None:
    found = routed(received, {"kind": kind, "signer_count": 3}, have_all_signed=False)
    assert "R22a" not in {one.rule for one in found.tried}


@pytest.mark.parametrize(
    ("received", "outcome", "cited"),
    [
        ("2020-12-09", Outcome.ACCEPT_PROPOSE, ("LKN 12",)),
        ("2026-06-30", Outcome.ACCEPT_PROPOSE, ("LKN 12", "ND124 5(3)")),
        ("2026-07-01", Outcome.ACCEPT_PROPOSE, ("ND155 3", "ND155 21(2)")),
        ("2026-12-31", Outcome.ACCEPT_PROPOSE, ("ND155 3", "ND155 21(2)")),
        ("2027-01-01", Outcome.SUPPLEMENT, ("ND155 3", "ND155 21(2)")),
    ],
)
def test_a_notarised_power_does_until_the_end_of_2026(received: str, outcome: Outcome, cited: tuple[str, ...]) -> None:
    found = routed(received, **NOTARISED)
    assert found.outcome is outcome
    for article in cited:
        assert LAW.catalogue.cite(article) in why(found, "R02a")
