"""From a fact to the notices it calls for: who is told, by which template, with which values.

One closed table, fact type → rule. What is confidential by its kind is neutral from the start: kind, agency and dates
never enter the notice. What turns out discreet later is made neutral before it is sent (``neutralised``).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from contracts.facts.base import Fact
from contracts.ids import FactId, NoticeId, derived
from contracts.vocabulary import Role
from services.notify.domain.notice import Notice, Recipient
from services.notify.domain.pace import VIETNAM, Pace
from services.notify.domain.rules import REMINDER, REMINDER_LEAST, RULES, SESSION_LAST_CALL, Draft, Duty, UnitNames
from services.notify.domain.templates import DISCREET_VALUES, Catalogue, Template


class Composer:
    """Knows the templates, the units' names and the duty list; decides, sends nothing."""

    def __init__(self, catalogue: Catalogue, unit_names: UnitNames, duties: Iterable[Duty], pace: Pace) -> None:
        self._catalogue = catalogue
        self._names = unit_names
        self._duties = tuple(duties)
        self._pace = pace

    def compose(self, fact: Fact, fact_id: UUID, said_at: datetime, now: datetime) -> list[Notice]:
        """The notices a fact calls for; none for facts that nobody is told of.

        A notice's id follows from the fact, the recipient and the template: heard again, it is the same notice.
        Lifetimes count from ``said_at``, so that a history heard anew does not tell people stale news.
        """
        rule = RULES.get(type(fact))
        if rule is None:
            return []
        drafts = [draft for draft in rule(fact, self._names) if not _is_reminder_too_late(draft, said_at)]
        return [
            self._notice(draft, recipient, FactId(fact_id), said_at, now)
            for draft in drafts
            for recipient in self._recipients(draft)
        ]

    def _recipients(self, draft: Draft) -> list[Recipient]:
        if draft.to_unit is None:
            return [Recipient(kind="petitioner", of=str(draft.about))]
        return [
            Recipient(kind="duty", of=duty.post)
            for duty in self._duties
            if duty.unit == draft.to_unit and duty.role is Role.PETITION_OFFICER
        ]

    def _notice(self, draft: Draft, recipient: Recipient, cause: FactId, said_at: datetime, now: datetime) -> Notice:
        template = self._catalogue.find(draft.template, now.astimezone(VIETNAM).date())
        notice = Notice(
            notice_id=NoticeId(derived("notice", cause, recipient.key, draft.template)),
            cause=cause,
            recipient=recipient,
            about=draft.about,
            session_id=draft.session_id,
            template=template.reference,
            values=dict(draft.values),
            urgency=template.urgency,
            is_discreet=draft.is_discreet,
            planned_at=now,
            not_after=self._not_after(draft, said_at),
            event_at=draft.event_at,
            due_at=draft.not_before or now,
        )
        return neutralised(notice, self._catalogue, now) if draft.is_discreet else notice

    def _not_after(self, draft: Draft, said_at: datetime) -> datetime:
        if draft.event_at is None:
            return said_at + timedelta(seconds=self._pace.status_lifetime_seconds)
        return draft.event_at - (SESSION_LAST_CALL if draft.template == REMINDER else timedelta())


def neutralised(notice: Notice, catalogue: Catalogue, now: datetime) -> Notice:
    """The same notice by the neutral text, without a value that could tell anything."""
    today = now.astimezone(VIETNAM).date()
    template = catalogue.by_reference(notice.template)
    neutral = template if template.is_neutral else catalogue.find(template.discreet_as, today)
    values = {name: value for name, value in notice.values.items() if name in DISCREET_VALUES}
    return notice.model_copy(update={"template": neutral.reference, "values": values, "is_discreet": True})


@dataclass(frozen=True, slots=True)
class House:
    """Values that are the same in every notice. Discreet ones get the province's own portal: an address that names
    the reception office would say what the notice does not.
    """

    province: str
    portal: str
    neutral_portal: str
    hotline: str


def values_for(notice: Notice, template: Template, code: str, house: House) -> dict[str, str]:
    """Everything the text may ask for: the notice's own values, the lookup code, and the house's."""
    if template.is_neutral:
        own = {name: value for name, value in notice.values.items() if name in DISCREET_VALUES}
        return {**own, "tinh": house.province, "url": house.neutral_portal, "ma": code}
    return {**notice.values, "tinh": house.province, "url": house.portal, "sdt": house.hotline, "ma": code}


def _is_reminder_too_late(draft: Draft, said_at: datetime) -> bool:
    return draft.not_before is not None and draft.event_at is not None and draft.event_at - said_at < REMINDER_LEAST
