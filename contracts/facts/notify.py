"""What notify says: what became of each notice. Never to whom, never the text."""

from typing import Annotated, ClassVar

from pydantic import Field

from contracts.facts.base import Count, Fact, Moment
from contracts.ids import FactId, NoticeId, PetitionId
from contracts.streams import NOTICES, Stream
from contracts.vocabulary import NoticeChannel, NoticeFailure


class NoticeFact(Fact):
    """A fact about one notice: one fact, one recipient, one template."""

    notice_id: NoticeId
    cause: FactId
    """The fact that had to be told."""
    petition_id: PetitionId | None = None
    """The petition it was about; none for notices to officers."""
    template: Annotated[str, Field(pattern=r"^[A-Z]{1,2}[0-9]{2}\.[0-9]{4}-[0-9]{2}[a-z]?$")]
    """Id and version of the dated template, such as ``T01.2026-07``."""

    @property
    def stream(self) -> Stream:
        return NOTICES

    @property
    def subject(self) -> NoticeId:
        return self.notice_id


class NoticeSent(NoticeFact):
    """A provider accepted the notice. Accepted is not delivered."""

    TYPE: ClassVar[str] = "vn.tiepdan.notice.sent.v1"

    channel: NoticeChannel
    sent_at: Moment
    attempts: Count
    is_fallback: bool = False


class NoticeDelivered(NoticeFact):
    """The provider reported delivery."""

    TYPE: ClassVar[str] = "vn.tiepdan.notice.delivered.v1"

    channel: NoticeChannel
    delivered_at: Moment


class NoticeFailed(NoticeFact):
    """Every channel was tried or closed; somebody has to tell the person another way."""

    TYPE: ClassVar[str] = "vn.tiepdan.notice.failed.v1"

    failed_at: Moment
    reason: NoticeFailure
    attempts: Count


FACTS: tuple[type[Fact], ...] = (NoticeSent, NoticeDelivered, NoticeFailed)
