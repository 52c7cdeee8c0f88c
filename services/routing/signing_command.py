"""``python -m services.routing calendar key|sign``: make a key for signing plans of the calendar; sign a plan.

``key FILE`` writes a new private key (Base64, readable by its owner alone) and prints the public one, for
``TCD_ROUTING_CALENDAR_SIGNERS``. ``sign PLAN --key FILE --signer NAME`` prints the body for
``POST /v1/routing/calendar/overrides``. Both run anywhere: the private key need never come near the service.
"""

import argparse
import os
import sys
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from contracts.facts.calendar import CalendarPlan
from services.routing.calendar_api import SignedPlan
from services.routing.signatures import new_key, sign


def main(arguments: Sequence[str]) -> int:
    """Exit codes: 0 done, 1 a plan or a key that cannot be, 2 a file that is missing, or in the way."""
    parser = argparse.ArgumentParser(prog="python -m services.routing calendar", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("key").add_argument("file", type=Path)
    signing = commands.add_parser("sign")
    signing.add_argument("plan", type=Path)
    signing.add_argument("--key", type=Path, required=True)
    signing.add_argument("--signer", required=True)
    chosen = parser.parse_args(arguments)
    try:
        said = _made_key(chosen.file) if chosen.command == "key" else _signed(chosen.plan, chosen.key, chosen.signer)
    except OSError as error:
        sys.stderr.write(f"{error.filename}: {error.strerror}\n")
        return 2
    except ValidationError as error:
        for found in error.errors():
            sys.stderr.write(f"{'.'.join(map(str, found['loc']))}: {found['msg']}\n")
        return 1
    except NotBase64:
        sys.stderr.write("khóa ký phải là Base64\n")
        return 1
    sys.stdout.write(said + "\n")
    return 0


def _made_key(file: Path) -> str:
    """The public key; the private one is in the file, which must be new."""
    private, public = new_key()
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as kept:
        kept.write(b64encode(private).decode() + "\n")
    return public


def _signed(plan_file: Path, key_file: Path, signer: str) -> str:
    plan = CalendarPlan.model_validate_json(plan_file.read_bytes())
    key = b64decode(key_file.read_text(encoding="ascii").strip(), validate=True)
    return SignedPlan(plan=plan, signer=signer, signature=sign(plan, key)).model_dump_json(indent=2)
