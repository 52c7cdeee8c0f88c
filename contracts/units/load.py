"""Reads the committed tree: hand-kept TOML for the upper levels and the districts, generated CSV for the communes."""

import csv
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

from contracts.units.tree import TREE_BEGINS, Unit, UnitTree
from contracts.vocabulary import UnitLevel

DATA: Final = Path(__file__).parent / "data"
COMMUNES: Final = "nghe-an-communes.csv"
COMMUNE_COLUMNS: Final = ("official_code", "name")

COMMUNES_BEGIN: Final = date(2025, 7, 1)
"""The 130 communes of Nghệ An stand since the two-level government (resolution of 16/6/2025)."""
COMMUNES_RECORDED: Final = date(2025, 10, 18)
"""The data date of the package that the file was made from."""


@cache
def organisation() -> UnitTree:
    """The tree of this installation. Read once; units are values."""
    return UnitTree([*_kept_by_hand("central.toml"), *_kept_by_hand("nghe-an.toml"), *_districts(), *_communes()])


def _kept_by_hand(name: str) -> Iterator[Unit]:
    with (DATA / name).open("rb") as file:
        document = tomllib.load(file)
    defaults = {"recorded_on": document["recorded_on"]}
    for row in document["unit"]:
        yield _unit(defaults | row)


def _districts() -> Iterator[Unit]:
    with (DATA / "nghe-an-districts.toml").open("rb") as file:
        document = tomllib.load(file)
    defaults = {
        "recorded_on": document["recorded_on"],
        "level": "district",
        "superior": "tinh-40",
        "valid_to": document["valid_to"],
    }
    for row in document["unit"]:
        yield _unit(defaults | {"headed_as": _chairman_of(row["name"])} | row)


def _communes() -> Iterator[Unit]:
    with (DATA / COMMUNES).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield Unit(
                id=f"xa-{row['official_code']}",
                name=row["name"],
                level=UnitLevel.COMMUNE,
                superior="tinh-40",
                valid_from=COMMUNES_BEGIN,
                valid_to=None,
                official_code=row["official_code"],
                headed_as=_chairman_of(row["name"]),
                recorded_on=COMMUNES_RECORDED,
                confidence="confirmed",
            )


def _chairman_of(name: str) -> str:
    return f"Chủ tịch UBND {name[:1].lower()}{name[1:]}"


def _unit(row: Mapping[str, Any]) -> Unit:
    return Unit(
        id=row["id"],
        name=row["name"],
        level=UnitLevel(row["level"]),
        superior=row.get("superior"),
        valid_from=row.get("valid_from", TREE_BEGINS),
        valid_to=row.get("valid_to"),
        official_code=row.get("official_code"),
        headed_as=row["headed_as"],
        successors=tuple(row.get("successors", ())),
        recorded_on=row["recorded_on"],
        confidence=row["confidence"],
        headed_by_deputy_of=row.get("headed_by_deputy_of"),
    )
