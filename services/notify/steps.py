"""One step of one notice: may it be told now, on which channel, and what came of it.

The attempt is written before the call is made, under the notice's version: of two replicas one wins, and a crash leaves
``sending``, whose lease runs out to ``unknown``. Nothing is ever sent blindly a second time.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from contracts.errors import Conflict, Refused, Unavailable
from contracts.facts.intake import ContactCard
from contracts.vocabulary import NoticeChannel
from services.chassis.clock import Clock
from services.chassis.ledger.drawer import Stored
from services.chassis.telemetry import Meters, get_log
from services.notify.domain.afterwards import receipt_missing, receipted
from services.notify.domain.answers import Answer, AnswerClass
from services.notify.domain.compose import House, neutralised, values_for
from services.notify.domain.dossier import Dossier
from services.notify.domain.notice import WAITING, Notice, NoticeState
from services.notify.domain.pace import Pace
from services.notify.domain.sending import (
    Known,
    answered,
    channel_for,
    lease_expired,
    looked_at,
    put_off,
    started,
    unknown_resolved,
)
from services.notify.domain.templates import Catalogue, Template
from services.notify.senders import Gateway, Letter
from services.notify.senders.circuit import Bucket, Circuit
from services.notify.store import Contacts, Dossiers, DutyBook, Notices

log = get_log()

_LOOKS: Final = 4
_PUT_OFF: Final = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Wire:
    """One provider with what protects it."""

    gateway: Gateway
    circuit: Circuit
    bucket: Bucket


class Steps:
    """Takes a due notice one step further. Errors: Conflict when somebody else was faster; Unavailable."""

    def __init__(
        self,
        notices: Notices,
        dossiers: Dossiers,
        contacts: Contacts,
        duty_book: DutyBook,
        catalogue: Catalogue,
        wires: Mapping[NoticeChannel, Wire],
        *,
        pace: Pace,
        house: House,
        clock: Clock,
        meters: Meters,
    ) -> None:
        self._notices = notices
        self._dossiers = dossiers
        self._contacts = contacts
        self._duty_book = duty_book
        self._catalogue = catalogue
        self._wires = wires
        self._pace = pace
        self._house = house
        self._clock = clock
        self._answers = meters.counter(
            "tcd_notice_answers", "Providers' answers by class. Much but ok: look at the provider.", ("channel", "kind")
        )
        self._open = meters.gauge("tcd_provider_circuit_open", "1 while a provider is left alone.", ("channel",))

    async def take(self, stored: Stored[Notice]) -> None:
        """The next step of what stands in the drawer."""
        notice, now = stored.state, self._clock.now()
        if notice.state in WAITING:
            await self._look(stored)
        elif notice.state is NoticeState.SENDING:
            await self._notices.save(stored, lease_expired(notice, now, self._pace), [])
        elif notice.state is NoticeState.UNKNOWN:
            registration = self._catalogue.by_reference(notice.template).registration
            is_repeat_ok = registration is not None and registration.is_repeat_ok
            resolved, facts = unknown_resolved(notice, now, self._pace, is_repeat_ok=is_repeat_ok)
            await self._notices.save(stored, resolved, facts)
        elif notice.state is NoticeState.ACCEPTED:
            await self._ask_for_receipt(stored)

    async def _look(self, stored: Stored[Notice]) -> None:
        """By the dossier as it was written here last, if that leads to a claim, which finds out whether it still
        stands; else by the dossier as it is now."""
        lately = self._dossiers.lately(stored.state.about) if stored.state.recipient.kind == "petitioner" else None
        if lately is not None and await self._looked(stored, lately, is_sure=False):
            return
        for _ in range(_LOOKS):
            if await self._looked(stored, await self._dossiers.find(stored.state.about), is_sure=True):
                return

    async def _looked(self, stored: Stored[Notice], kept: Stored[Dossier] | None, *, is_sure: bool) -> bool:
        """False when the dossier has to be read again: then nothing was written."""
        dossier = None if kept is None else kept.state
        card = self._card(stored.state, dossier)
        notice = stored.state
        if dossier is not None and dossier.is_discreet and not notice.is_discreet:
            notice = neutralised(notice, self._catalogue, self._clock.now())
        known = self._known(notice, dossier, card)
        looked, facts = looked_at(notice, known, self._clock.now(), self._pace)
        if looked is notice and kept is not None and card is not None:
            return await self._send(stored, notice, known, kept, card, is_sure=is_sure)
        if not is_sure:
            return False
        await self._notices.save(stored, looked, facts)
        if looked.state is NoticeState.AWAITING_CONTACT:
            await self._look_back(looked, known)
        return True

    async def _look_back(self, notice: Notice, known: Known) -> None:
        """What it waits for may have come between our look and our note that it waits; then nobody wakes it."""
        kept = await self._dossiers.find(notice.about)
        dossier = None if kept is None else kept.state
        if self._known(notice, dossier, self._card(notice, dossier)) != known:
            await self._notices.wake(notice.about, self._clock.now())

    def _card(self, notice: Notice, dossier: Dossier | None) -> ContactCard | None:
        if notice.recipient.kind == "duty":
            return self._duty_book.card(notice.recipient.of)
        try:
            return self._contacts.open(dossier) if dossier else None
        except (Unavailable, Refused) as error:  # the key comes later, or never: the notice waits, then fails aloud
            log.warning("notice.contact_not_opened", notice_id=notice.notice_id, code=error.code)
            return None

    def _known(self, notice: Notice, dossier: Dossier | None, card: ContactCard | None) -> Known:
        if dossier is None or not dossier.is_complete:
            return Known(is_complete=False)
        believed_without_zalo = (
            notice.recipient.kind == "petitioner"
            and dossier.no_zalo_until is not None
            and self._clock.now() < dossier.no_zalo_until
        )
        return Known(
            is_complete=True,
            is_wanted=bool(dossier.wants_notices) or notice.recipient.kind == "duty",
            has_contact=card is not None,
            may_use_zalo=card is not None and card.allows_zalo and not believed_without_zalo,
        )

    async def _send(
        self,
        stored: Stored[Notice],
        notice: Notice,
        known: Known,
        kept: Stored[Dossier],
        card: ContactCard,
        *,
        is_sure: bool,
    ) -> bool:
        """False when the dossier has changed since it was read, or might have: then nothing was written."""
        template = self._catalogue.by_reference(notice.template)
        channel = self._open_channel(notice, known, template)
        if channel is None:
            later, facts = put_off(notice, self._clock.now() + _PUT_OFF)
            await self._notices.save(stored, later, facts)
            return True
        try:
            free_at = await self._too_soon(notice, template, kept)
        except Conflict:
            return False
        if free_at is not None:
            if not is_sure:
                return False
            later, facts = put_off(notice, free_at, "same_text_soon")
            await self._notices.save(stored, later, facts)
            return True
        await self._call(stored, notice, self._wires[channel], template, kept.state, card)
        return True

    async def _call(
        self,
        stored: Stored[Notice],
        notice: Notice,
        wire: Wire,
        template: Template,
        dossier: Dossier,
        card: ContactCard,
    ) -> None:
        channel = wire.gateway.channel
        await wire.bucket.take()
        begun = started(notice, channel, self._clock.now(), self._pace)
        request_id = begun.attempts[-1].request_id
        letter = self._letter(begun, request_id, template, dossier, card)
        await self._notices.save(stored, begun, [])  # written before the call: see the module's promise
        answer = await wire.gateway.send(letter)
        self._note(wire, answer)
        await self._notices.decide(
            begun.notice_id, lambda current: answered(current, request_id, answer, self._clock.now(), self._pace)
        )
        if answer.kind is AnswerClass.NO_ACCOUNT and notice.recipient.kind == "petitioner":
            until = self._clock.now() + timedelta(seconds=self._pace.no_zalo_seconds)
            await self._dossiers.note_no_zalo(notice.about, until)

    async def _too_soon(self, notice: Notice, template: Template, kept: Stored[Dossier]) -> datetime | None:
        """When the very same text was told to the petitioner minutes ago: the time from which it may go again."""
        if notice.recipient.kind != "petitioner":
            return None
        values = values_for(notice, template, kept.state.code or "", self._house)
        text = hashlib.sha256(template.sms(values).encode()).hexdigest()
        pause = timedelta(seconds=self._pace.same_text_seconds)
        return await self._dossiers.claim_text(kept, notice, text, self._clock.now(), pause)

    def _open_channel(self, notice: Notice, known: Known, template: Template) -> NoticeChannel | None:
        """The channel to use now; none while the only one left is being left alone."""
        has_zalo_text = template.registration is not None
        wanted = channel_for(notice, known, has_zalo_text=has_zalo_text, is_zalo_open=True)
        if wanted is NoticeChannel.ZALO and self._wires[wanted].circuit.lets_through():
            return wanted
        return NoticeChannel.SMS if self._wires[NoticeChannel.SMS].circuit.lets_through() else None

    def _letter(
        self, notice: Notice, request_id: str, template: Template, dossier: Dossier, card: ContactCard
    ) -> Letter:
        values = values_for(notice, template, dossier.code or "", self._house)
        return Letter(
            request_id=request_id,
            phone=card.phone,
            text=template.sms(values),
            is_discreet=notice.is_discreet,
            zalo_template_id=template.registration.template_id if template.registration else "",
            zalo_data=template.zalo_data(values),
        )

    def _note(self, wire: Wire, answer: Answer) -> None:
        channel = wire.gateway.channel.value
        was_open = wire.circuit.is_open
        wire.circuit.note(answer)
        self._answers.labels(channel, answer.kind.value).inc()
        self._open.labels(channel).set(int(wire.circuit.is_open))
        if wire.circuit.is_open and not was_open:
            log.error("provider.circuit_opened", provider=wire.gateway.provider, code=answer.code)

    async def _ask_for_receipt(self, stored: Stored[Notice]) -> None:
        last = stored.state.attempts[-1]
        now = self._clock.now()
        has_arrived = last.provider_id is not None and await self._wires[last.channel].gateway.is_delivered(
            last.provider_id
        )
        after, facts = (
            receipted(stored.state, last.request_id, is_delivered=True, provider_id=last.provider_id, at=now)
            if has_arrived
            else receipt_missing(stored.state, now, self._pace)
        )
        await self._notices.save(stored, after, facts)
