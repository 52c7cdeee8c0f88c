"""The table of grounds: dated, without gaps, and about nothing that the engine does not say."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from contracts.errors import BadInput
from contracts.law.catalogue import official
from contracts.law.grounds import NO_GROUND, Grounds, ground_of, official_grounds
from contracts.law.online import Obstacle
from contracts.law.source import DATA_FOLDER
from contracts.vocabulary import DeclineGround, Duty, OnlineGround, PetitionKind

ROOT = Path(__file__).parents[2]
ROWS = official_grounds().rows
TODAY = date(2026, 9, 7)


def codes(of: str) -> set[str]:
    return {row.code for row in ROWS if row.of == of}


def test_grounds_and_duties_are_those_of_the_closed_lists() -> None:
    assert codes("decline") <= {ground.value for ground in DeclineGround}
    assert codes("duty") <= {duty.value for duty in Duty}
    assert {ground.value for ground in OnlineGround} | {obstacle.value for obstacle in Obstacle} <= codes("session")


def test_every_code_is_one_that_the_engine_says() -> None:
    said = "".join(
        path.read_text(encoding="utf-8")
        for folder in ("services/routing", "contracts")
        for path in (ROOT / folder).rglob("*.py")
    )
    named = codes("refusal") | codes("act") | codes("session") - {one.value for one in OnlineGround}
    assert {code for code in named if f'"{code}"' not in said} == set()


def test_what_it_rests_on_follows_the_kind_and_the_day() -> None:
    def articles(kind: PetitionKind, on: date = TODAY) -> tuple[str, ...]:
        return ground_of("refusal", "must_guide", on, official(), kind).articles

    assert articles(PetitionKind.DENUNCIATION) == ("Điều 24(2) Luật Tố cáo (25/2018/QH14)",)
    assert len(articles(PetitionKind.COMPLAINT)) == len(articles(PetitionKind.COMPLAINT, date(2026, 6, 30))) + 2
    assert ground_of("refusal", "illegal_transition", TODAY, official()) is NO_GROUND


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('"LTC 24(2)"', '"LTX 24(2)"', "điều luật lạ"),
        ("in_force_to = 2026-06-30", "in_force_to = 2026-07-30", "chồng lấn"),
        ("in_force_to = 2026-06-30", "in_force_to = 2026-05-30", "hở từ"),
        ('of = "refusal"', 'of = "reason"', "of"),
    ],
)
def test_a_table_that_cannot_be_right_is_refused(tmp_path: Path, old: str, new: str, reason: str) -> None:
    folder = Path(shutil.copytree(DATA_FOLDER, tmp_path / "data"))
    path = folder / "grounds.toml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadInput, match=reason):
        Grounds.load(folder)
