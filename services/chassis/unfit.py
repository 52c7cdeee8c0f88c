"""What a person is told of settings that do not fit: the variables, and what they may be; never what they hold."""

from typing import Final

from pydantic import ValidationError

_SAID_BY_US: Final = "bad_servers"


def unfit(error: ValidationError) -> str:
    """One line: each variable at fault, with its allowed values or form where that can be said shortly."""
    told: list[str] = []
    for found in error.errors(include_input=False, include_url=False):
        name = ", ".join(str(part) for part in found["loc"])
        if found["type"] == "literal_error":
            told.append(f"{name} (chỉ nhận {found['ctx']['expected'].replace(' or ', ', ')})")
        elif found["type"] == _SAID_BY_US:
            told.append(f"{name} ({found['msg']})")
        else:
            told.append(name)
    return ", ".join(told)
