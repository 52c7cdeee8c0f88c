"""``python -m services.routing what-if plans.json``: the table of what plans would move, as CSV.

The file is the body of the door: ``{"plans": [...]}``. It reads the ledger of this machine as its operator: cases that
hold or may hold a denunciation are only counted. Nothing is written.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from contracts.errors import TiepdanError
from contracts.facts.calendar import CalendarPlan
from services.routing.app import open_cases
from services.routing.settings import RoutingSettings
from services.routing.what_if import as_csv, look

_PAGE: Final = 500


class WhatIfFile(BaseModel):
    """What the file holds."""

    model_config = ConfigDict(extra="forbid")

    plans: tuple[CalendarPlan, ...]


def main(arguments: Sequence[str]) -> int:
    """Exit codes: 0 answered, 1 a plan that cannot be, or a ledger that does not answer; 2 no such file."""
    parser = argparse.ArgumentParser(prog="python -m services.routing what-if", description=__doc__)
    parser.add_argument("file", help='{"plans": [...]} as JSON')
    chosen = parser.parse_args(arguments)
    try:
        plans = WhatIfFile.model_validate_json(Path(chosen.file).read_bytes()).plans
        asyncio.run(_print(plans))
    except OSError as error:
        _say(f"không đọc được tệp: {error.strerror}")
        return 2
    except ValidationError as error:
        for found in error.errors():
            _say(f"{'.'.join(map(str, found['loc']))}: {found['msg']}")
        return 1
    except TiepdanError as refusal:
        _say(refusal.sentence)
        return 1
    return 0


async def _print(plans: Sequence[CalendarPlan]) -> None:
    hidden = looked_at = 0
    after: str | None = None
    async with open_cases(RoutingSettings()) as (cases, law, today):
        while True:
            page = await look(
                cases, law, plans, seen=lambda case: not case.is_discreet, today=today, limit=_PAGE, after=after
            )
            sys.stdout.write(as_csv(page.rows, has_head=not looked_at))
            hidden += page.hidden_case_count
            looked_at += page.looked_at
            after = page.next
            if after is None:
                break
    _say(f"đã xét {looked_at} vụ việc; {hidden} vụ việc kín cũng sẽ đổi thời hạn")


def _say(line: str) -> None:
    """One line for a person, beside the table."""
    sys.stderr.write(line + "\n")
