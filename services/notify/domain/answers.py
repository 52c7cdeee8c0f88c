"""What a provider's answer means, by tables of codes kept as data."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

Provider = Literal["zalo", "esms"]


class AnswerClass(StrEnum):
    """What to do with an answer (reference/notify.md §1.9)."""

    OK = "ok"
    REPEATED = "repeated"
    """The provider has this request already."""
    UNCLEAR = "unclear"
    """The request left, no readable answer came: it may have been sent."""
    REFRESH = "refresh"
    RETRY = "retry"
    WINDOW = "window"
    QUOTA = "quota"
    PERSON = "person"
    NO_ACCOUNT = "no_account"
    BAD_ADDRESS = "bad_address"
    BAD_CONTENT = "bad_content"
    OPERATOR = "operator"
    MONEY = "money"
    CALLER_BUG = "caller_bug"
    UNMAPPED = "unmapped"
    """A code that no table names."""

    @property
    def is_providers_trouble(self) -> bool:
        """Counts against the provider's circuit."""
        return self in _TROUBLE

    @property
    def opens_circuit(self) -> bool:
        """Nobody's message would pass until an operator acts."""
        return self in {AnswerClass.OPERATOR, AnswerClass.MONEY}


_TROUBLE = frozenset({AnswerClass.UNCLEAR, AnswerClass.RETRY, AnswerClass.OPERATOR, AnswerClass.MONEY})


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of a provider, classified. ``code`` is the provider's, or ours for transport (``timeout``)."""

    kind: AnswerClass
    code: str
    provider_id: str | None = None
    retry_after_seconds: float | None = None
    is_maybe_taken: bool = False
    """The provider may have taken the message although it did not say so (no answer, or HTTP 5xx)."""


class AnswerTable:
    """Codes of every provider and their classes."""

    def __init__(self, classes: Mapping[str, Mapping[str, AnswerClass]]) -> None:
        self._classes = classes

    def of(self, provider: Provider, code: str) -> AnswerClass:
        """The class of a code; UNMAPPED when no table names it."""
        return self._classes[provider].get(code, AnswerClass.UNMAPPED)


def read_answers(text: str) -> AnswerTable:
    """Read the tables (TOML). Errors: ValueError for an unknown class or a code named twice."""
    tables: dict[str, dict[str, AnswerClass]] = {}
    for provider, classes in tomllib.loads(text).items():
        table = tables.setdefault(provider, {})
        for kind, codes in classes.items():
            for code in codes:
                if code in table:
                    raise ValueError(f"{provider}: code {code} is named twice")
                table[code] = AnswerClass(kind)
    return AnswerTable(tables)
