"""What else is known of a petition where the law asks for it (domain.md §2): every field optional, none = not said.

The law's rules read these and nothing else; what is not said never counts against the petitioner. No person is here:
posts, units, days, counts, and yes or no.
"""

from datetime import date
from typing import Self

from pydantic import model_validator

from contracts.facts.base import Count, Part
from contracts.ids import UnitId
from contracts.vocabulary import (
    Branch,
    Forwarder,
    ObstacleGround,
    PetitionerRole,
    PowerForm,
    RespondentFunction,
    RespondentMove,
    RespondentPlace,
    RespondentPost,
    SubjectMatter,
    UnitLevel,
)


class Obstacle(Part):
    """A time in which the petitioner could not complain (LKN 9 para 2, 48): left out of the limitation when proved."""

    first_day: date
    last_day: date
    """The last day of the obstacle; it counts as part of it."""
    ground: ObstacleGround
    is_proved: bool = False

    @model_validator(mode="after")
    def _is_in_order(self) -> Self:
        if self.last_day < self.first_day:
            raise ValueError("last_day đứng trước first_day")
        return self


class Particulars(Part):
    """The particulars of one petition. See each field for the rule that reads it (R01–R22 of domain.md §2.6)."""

    # What it is about, and who decided or acted.
    subject: SubjectMatter | None = None
    """What the petition is about. None: a decision or act of administration, as its kind says."""
    is_dismissal: bool | None = None
    """Disciplinary complaints: dismissal (buộc thôi việc), whose second complaint has a longer time (LKN 48, K13)."""
    branch: Branch | None = None
    """The branch of administration, where ``matter_field`` is too coarse: it finds the ministry and the department."""
    managed_at: UnitLevel | None = None
    """At which level the matter is managed: commune, department or province, central (R12, R13; LTC 41)."""
    also_concerns: tuple[UnitId, ...] = ()
    """Further communes concerned besides ``matter_unit`` (72/2025 art. 54(8): then the province may take it)."""
    respondent_place: RespondentPlace | None = None
    """Where inside ``respondent_unit`` the decision was taken or the post is held. None: in the unit itself."""
    respondent_function: RespondentFunction | None = None
    """Denunciations: the function of the denounced, where it is not administration (LTC 14–17)."""
    is_on_duty: bool | None = None
    """Denunciations: in performing a public duty (LTC 12). False: a breach in a field of state management (LTC 41)."""
    accepted_elsewhere_by: UnitId | None = None
    """Another competent body that has already accepted the same matter (LTC 41: the first to accept settles)."""
    respondent_now_at: UnitId | None = None
    """Denunciations: where the denounced works now, when no longer at ``respondent_unit``."""
    respondent_now_post: RespondentPost | None = None
    """Denunciations: the post held there."""
    respondent_move: RespondentMove | None = None
    """Denunciations: how the denounced left ``respondent_unit`` (LTC 12(3)–(5))."""

    # Harm and haste.
    enforceable_on: date | None = None
    """The day from which the decision complained of may be enforced (R19)."""
    is_harm_hard_to_repair: bool | None = None
    """Carrying out the decision may cause harm that is hard to repair (LKN 35, R19)."""
    has_signs_of_crime: bool | None = None
    """Denunciations: signs of a crime (LTC 27(1), R11)."""

    # Time.
    obstacles: tuple[Obstacle, ...] = ()
    """Times left out of the limitation (LKN 9 para 2)."""

    lower_due_on: date | None = None
    """Second complaints: the last day of the first settlement as the lower body stated it, with its extensions and
    suspensions (LKN 28, 33). None: counted from ``lower_accepted_on`` alone."""

    # What happened to the same matter before.
    asks_only_for_help: bool | None = None
    """Lodges nothing new: only asks that a lower body does its work (R05)."""
    guided_before_on: date | None = None
    """This body guided the same petitioner on the same matter on that day: guidance is given once (R03, R09, R14)."""
    transferred_before_on: date | None = None
    """This body transferred the same denunciation on that day: a transfer is made once (R07)."""
    has_second_decision: bool | None = None
    """A second decision exists (LKN 11(7))."""
    settled_effective_on: date | None = None
    """The day on which a right decision on the same matter took legal effect (R06)."""
    is_discontinued: bool | None = None
    """Settlement was discontinued and the petitioner did not go on in time (LKN 11(8))."""
    is_court_seized: bool | None = None
    """A court has accepted the matter or has judged it (LKN 11(9))."""
    withdrawn_before_on: date | None = None
    """The same petitioner withdrew the same matter on that day (LKN 10 as amended)."""
    was_withdrawal_forced: bool | None = None
    """That withdrawal was forced or threatened, and this is proved."""
    is_pending_here: bool | None = None
    """The same petitioner has the same matter pending here: a person has confirmed it (R21)."""
    is_against_result: bool | None = None
    """Denunciations: goes on against the result of the first settlement (tố cáo tiếp, LTC 37)."""
    grows_from_settled_complaint: bool | None = None
    """Denunciations: grows out of a complaint that was settled in due form (LTC 29)."""
    has_evidence_against_settler: bool | None = None
    """Information or evidence that the settler of that complaint broke the law (LTC 29)."""
    is_answered_before: bool | None = None
    """Recommendations: already answered in writing, with nothing new (154/2026 art. 4(1)(h))."""

    # Who stands behind it.
    petitioner_role: PetitionerRole | None = None
    """Who brings it. None: the one concerned."""
    is_capable: bool | None = None
    """Full civil capacity, or a lawful representative."""
    is_representative_lawful: bool | None = None
    """The representative's standing is proved."""
    power_form: PowerForm | None = None
    """Attorneys: the form of the written power."""
    attorney_count: Count | None = None
    """How many attorneys were given power for one and the same matter; at most one is allowed (155/2026 art. 3)."""
    representative_count: Count | None = None
    """Groups: how many representatives were named in writing (R22)."""
    have_all_signed: bool | None = None
    """Groups: the petition and the appointment of representatives are signed by all (155/2026 arts 4, 10)."""
    are_representatives_petitioners: bool | None = None
    """Groups: every representative is one of the petitioners (LTCD 29)."""
    is_false_identity: bool | None = None
    """Denunciations: the name or address turned out to be false (LTC 25)."""

    # The paper, and the evidence.
    is_violator_identifiable: bool | None = None
    """The content lets one find out who broke the law (LTC 25(2), 29)."""
    is_evidence_concrete: bool | None = None
    """The evidence is concrete (LTC 25(2))."""
    is_verifiable: bool | None = None
    """There is ground to examine and verify it (LTC 25(2))."""
    is_foreign_untranslated: bool | None = None
    """In a foreign language without a notarised translation (R17)."""
    is_unreadable: bool | None = None
    """Torn, faded, or otherwise not to be read (R14)."""
    has_originals: bool | None = None
    """Original documents are attached: they go back when the petition is returned or not accepted (R18)."""

    # Where else it went, and how it came.
    copied_to: tuple[UnitId, ...] = ()
    """The other bodies it was sent to (R09, R14)."""
    forwarded_by: Forwarder | None = None
    """Who forwarded it (R04; LTC 26(2)). None on channel ``forwarded``: a state agency."""
    forwarding_unit: UnitId | None = None
    """The forwarding body, when it is in the organisation tree: it gets the answer."""

    # The place.
    is_remote: bool | None = None
    """The place is remote and hard to reach; the decision that says so is in the file (LKN 28 para 2, 33)."""
    places_to_verify: Count | None = None
    """At how many places things have to be verified (LTC 24(1): several lengthen T1)."""
    is_check_delegated: bool | None = None
    """Denunciations: the check of the denouncer's identity was given to another body (LTC 24(1): lengthens T1)."""


NOTHING_SAID = Particulars()
"""Of a petition of which nothing more is known."""
