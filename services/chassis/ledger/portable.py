"""What no engine accepts, because another one could not keep it.

MongoDB nests field names at dots, gives ``$`` a meaning and counts in 64 bits. The embedded engine refuses the same, so
that nothing works in the demo and breaks in the province. A refusal here is a bug of the caller: ``ValueError``.
"""

import re
from collections.abc import Iterable
from typing import Any, Final

from services.chassis.ledger.port import Change, Collection, Where

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,62}")
_MARK: Final = re.compile(r"[a-z][a-z0-9_]*:[0-9A-Za-z_-]+")
_ALWAYS_PORTABLE: Final = frozenset({str, bool, float, type(None)})
"""Most of what is written; a call for each took a tenth of the time of a write."""
_INTEGER_BITS: Final = 63
DOCUMENT_MAX_BYTES: Final = 16_777_216
"""What MongoDB keeps in one document: state and waiting facts together."""


def refuse_unportable_collection(collection: Collection) -> None:
    """Names of collections and keys are lower snake case, and what is unique can be searched."""
    for name in (collection.name, *collection.keys):
        if not _NAME.fullmatch(name):
            raise ValueError(f"not a portable name: {name!r}")
    if not set(collection.unique) <= set(collection.keys):
        raise ValueError(f"unique keys of {collection.name} must be keys")


def refuse_unportable_change(collection: Collection, change: Change) -> None:
    """State, keys, heads and mark as every engine can keep them."""
    _refuse_strangers(collection, change.keys)
    _refuse_value(change.state)
    for slug in change.heads:
        if not _NAME.fullmatch(slug):
            raise ValueError(f"not a stream slug: {slug!r}")
    if change.mark is not None and not _MARK.fullmatch(change.mark.key):
        raise ValueError("a mark's key is slug:subject")


def refuse_unportable_search(collection: Collection, where: Where, order_by: str | None, after: str | None) -> None:
    """Searches go by declared keys only; pages go by id only."""
    for part in (where.equal, where.one_of, where.at_most, where.prefix):
        _refuse_strangers(collection, part)
    if order_by is not None:
        _refuse_strangers(collection, [order_by])
        if after is not None:
            raise ValueError("a page that follows an id is ordered by id")


def end_of_prefix(prefix: str) -> str:
    """The first text after all that begin with the prefix, in the order of code points; empty: there is none."""
    stem = prefix.rstrip("\U0010ffff")
    if not stem:
        return ""
    after = ord(stem[-1]) + 1
    return stem[:-1] + chr(0xE000 if after == 0xD800 else after)  # noqa: PLR2004 - surrogates are no characters


def _refuse_strangers(collection: Collection, names: Iterable[str]) -> None:
    strangers = set(names) - set(collection.keys)
    if strangers:
        raise ValueError(f"{collection.name} is not searched by {sorted(strangers)}")


def _refuse_value(value: Any) -> None:
    if isinstance(value, dict):
        for name, inner in value.items():
            if not isinstance(name, str) or not name or name[0] == "$" or "." in name or "\0" in name:
                raise ValueError("a field name is text without dots, NUL and a leading dollar")
            if inner.__class__ not in _ALWAYS_PORTABLE:
                _refuse_value(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            if inner.__class__ not in _ALWAYS_PORTABLE:
                _refuse_value(inner)
    elif isinstance(value, int) and value.bit_length() > _INTEGER_BITS:
        raise ValueError("an integer has at most 64 bits")
