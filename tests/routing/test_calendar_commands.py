"""The commands beside the running service: sign a plan, ask what it would move."""

import asyncio
import csv
import io
import json
import stat
from pathlib import Path

import pytest

from contracts.facts.calendar import CalendarPlan
from contracts.ids import case_of
from contracts.vocabulary import PetitionKind
from services.chassis.ledger.port import Mark
from services.routing import signing_command, what_if_command
from services.routing.app import open_cases
from services.routing.domain.opening import open_case
from services.routing.settings import RoutingSettings
from services.routing.signatures import Signers
from tests.routing.given import LAW, PUBLIC_ID_KEY, filed, noon, petition
from tests.routing.planned import TET


def test_a_key_is_made_once_readable_by_its_owner_alone_and_what_it_signs_counts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key, plan = tmp_path / "key", tmp_path / "plan.json"
    assert signing_command.main(["key", str(key)]) == 0
    public = capsys.readouterr().out.strip()
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert signing_command.main(["key", str(key)]) == 2, "a key is never overwritten"
    plan.write_text(TET.model_dump_json())
    capsys.readouterr()
    assert signing_command.main(["sign", str(plan), "--key", str(key), "--signer", "lich-1"]) == 0
    body = json.loads(capsys.readouterr().out)
    signers = Signers({"lich-1": public})
    assert (
        signers.check(CalendarPlan.model_validate(body["plan"]), body["signer"], body["signature"]).signer == "lich-1"
    )


def test_a_plan_that_says_a_day_twice_is_not_signed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key, plan = tmp_path / "key", tmp_path / "plan.json"
    signing_command.main(["key", str(key)])
    twice = TET.model_dump(mode="json")
    twice["days"] *= 2
    plan.write_text(json.dumps(twice))
    capsys.readouterr()
    assert signing_command.main(["sign", str(plan), "--key", str(key), "--signer", "lich-1"]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert "none twice" in told.err


async def _two_cases(folder: Path) -> None:
    async with open_cases(RoutingSettings(data_folder=folder)) as (cases, _, _):
        for number, kind in ((1, PetitionKind.COMPLAINT), (2, PetitionKind.DENUNCIATION)):
            fact = filed("2027-01-27", petition_id=petition(number), kind=kind)
            case, _ = open_case(fact, now=noon("2027-01-27"), law=LAW, public_id_key=PUBLIC_ID_KEY)
            await cases.open(case, [], Mark(f"petitions:{fact.petition_id}", 1))


async def _versions(folder: Path) -> list[int]:
    async with open_cases(RoutingSettings(data_folder=folder)) as (cases, _, _):
        return [stored.version for stored in await cases.all(limit=10, after=None)]


def test_what_if_prints_the_table_counts_what_is_confidential_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TCD_DATA_FOLDER", str(tmp_path))
    asyncio.run(_two_cases(tmp_path))
    plans = tmp_path / "plans.json"
    plans.write_text(json.dumps({"plans": [TET.model_dump(mode="json")]}))
    assert what_if_command.main([str(plans)]) == 0
    told = capsys.readouterr()
    rows = {row["clock"]: row for row in csv.DictReader(io.StringIO(told.out))}
    assert (rows["K2"]["old_due"], rows["K2"]["new_due"]) == ("2027-02-12", "2027-02-15")
    assert {row["case_id"] for row in rows.values()} == {str(case_of(petition(1)))}
    assert "đã xét 2 vụ việc; 1 vụ việc kín" in told.err
    assert asyncio.run(_versions(tmp_path)) == [1, 1]


@pytest.mark.parametrize(("text", "code"), [("{}", 1), ('{"plans": [], "more": 1}', 1), (None, 2)])
def test_what_if_says_what_is_wrong_with_its_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str | None, code: int
) -> None:
    plans = tmp_path / "plans.json"
    if text is not None:
        plans.write_text(text)
    assert what_if_command.main([str(plans)]) == code
    assert capsys.readouterr().err
