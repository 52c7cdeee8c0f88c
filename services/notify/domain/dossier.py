"""What notify must remember of a petition to tell anyone about it. Facts of four streams fill it, in any order."""

from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

from contracts.facts.base import Fact
from contracts.facts.intake import ContactGiven, PetitionFiled
from contracts.facts.routing import (
    CaseAccepted,
    CaseFact,
    CaseOpened,
    CaseParticularsNoted,
    CaseRerouted,
    CaseTransferred,
    CompetenceDecided,
)
from contracts.ids import LookupCode, NoticeId, PetitionId, UnitId
from contracts.law.secrecy import accused_unit, is_confidential


class SealedContact(BaseModel):
    """A contact as it came: opened only while a notice is being sent."""

    model_config = ConfigDict(frozen=True)

    key_id: str
    sealed: str


class Told(BaseModel):
    """A text that one notice told last, and when."""

    model_config = ConfigDict(frozen=True)

    text: str
    notice_id: NoticeId
    at: datetime


class Dossier(BaseModel):
    """What is known of one petition. ``wants_notices`` is none until the filing itself was heard."""

    model_config = ConfigDict(frozen=True)

    petition_id: PetitionId
    code: LookupCode | None = None
    wants_notices: bool | None = None
    is_discreet: bool = False
    contact: SealedContact | None = None
    units: tuple[str, ...] = ()
    """Units that have had the petition in hand: their officers may see its notices."""
    never_at: UnitId | None = None
    """The accused unit, which may have received the petition and still sees none of its notices."""
    is_never_at_noted: bool = False
    """An officer found later who is accused: what was filed no longer says it, in whatever order it is heard."""
    no_zalo_until: datetime | None = None
    told: tuple[Told, ...] = ()
    """The texts of the last minutes: providers refuse the same text to the same number again so soon."""

    @property
    def is_complete(self) -> bool:
        """True once the filing itself was heard: before, nobody can be told anything."""
        return self.code is not None and self.wants_notices is not None

    def learn(self, fact: Fact) -> "Dossier":
        """The dossier after a fact about its petition. Discretion, once learned, stays."""
        if isinstance(fact, ContactGiven):
            contact = SealedContact(key_id=fact.key_id, sealed=fact.sealed)
            return self._with(contact=contact, is_discreet=self.is_discreet or fact.is_discreet)
        if isinstance(fact, PetitionFiled):
            return self._with(
                code=fact.code,
                wants_notices=fact.wants_notices,
                is_discreet=self.is_discreet or is_confidential(fact.kind) or fact.asks_identity_protection,
                units=self._units_with(fact.received_by),
                never_at=self.never_at if self.is_never_at_noted else self.never_at or accused_unit(fact),
            )
        if isinstance(fact, CaseFact):
            return self._learn_case(fact)
        return self

    def _learn_case(self, fact: CaseFact) -> "Dossier":
        is_discreet = self.is_discreet or is_confidential(fact.kind)
        if isinstance(fact, CaseOpened):
            return self._with(
                code=fact.code,
                is_discreet=is_discreet or fact.is_discreet,
                units=self._units_with(fact.held_by),
                never_at=self.never_at or fact.never_at,
            )
        if isinstance(fact, CaseParticularsNoted):
            return self._with(
                is_discreet=is_discreet or fact.is_discreet, never_at=fact.never_at, is_never_at_noted=True
            )
        if isinstance(fact, CaseTransferred):
            return self._with(is_discreet=is_discreet, units=self._units_with(fact.to_unit))
        if isinstance(fact, CaseRerouted | CompetenceDecided):
            return self._with(is_discreet=is_discreet, units=self._units_with(fact.held_by))
        if isinstance(fact, CaseAccepted):
            return self._with(is_discreet=is_discreet, units=self._units_with(fact.settling_authority))
        return self._with(is_discreet=is_discreet)

    def without_zalo(self, until: datetime) -> "Dossier":
        """The same, believing until then that the number has no Zalo."""
        return self._with(no_zalo_until=until)

    def free_for(self, text: str, notice_id: NoticeId, now: datetime, pause: timedelta) -> datetime | None:
        """When this notice may tell this text, if another notice told the very same one within ``pause``; else none."""
        others = [one.at for one in self.told if one.text == text and one.notice_id != notice_id]
        free_at = max(others, default=now - pause) + pause
        return free_at if free_at > now else None

    def telling(self, text: str, notice_id: NoticeId, now: datetime, pause: timedelta) -> "Dossier":
        """The same, with this text told now; what is older than ``pause`` is forgotten."""
        recent = [one for one in self.told if now - one.at < pause and (one.text, one.notice_id) != (text, notice_id)]
        return self._with(told=(*recent, Told(text=text, notice_id=notice_id, at=now)))

    def _units_with(self, unit: str) -> tuple[str, ...]:
        return tuple(sorted({*self.units, unit}))

    def _with(self, **changes: object) -> "Dossier":
        return self.model_copy(update=changes)
