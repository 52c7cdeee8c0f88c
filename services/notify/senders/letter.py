"""What is handed to a provider, and what a provider's wire promises."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from contracts.vocabulary import NoticeChannel
from services.notify.domain.answers import Answer, Provider


@dataclass(frozen=True, slots=True)
class Letter:
    """One message on its way: it lives in memory for the time of the call, and shows neither number nor text."""

    request_id: str
    phone: str = field(repr=False)
    """E.164."""
    text: str = field(repr=False, default="")
    is_discreet: bool = False
    zalo_template_id: str = ""
    zalo_data: Mapping[str, str] = field(repr=False, default_factory=dict)


class Gateway(Protocol):
    """A provider. It never raises for what a provider or a network does: every end is an ``Answer``."""

    channel: NoticeChannel
    provider: Provider

    async def send(self, letter: Letter) -> Answer:
        """Hand the letter over. OK means accepted, not delivered."""
        ...

    async def is_delivered(self, provider_id: str) -> bool:
        """Asked because no receipt came: True when the provider now says it was delivered."""
        ...
