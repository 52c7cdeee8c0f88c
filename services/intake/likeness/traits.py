"""What is kept of a petition to compare it by, made while its words are in hand."""

from typing import Final

from contracts.law.secrecy import is_confidential
from services.intake.domain import Likeness, PetitionDraft, e164
from services.intake.likeness.sketch import LikenessKey, Sketch, bands_of, sketch_of
from services.intake.likeness.words import bare, decisions_in, syllables_of

_NOBODY: Final = Likeness()


def traits_of(draft: PetitionDraft, key: LikenessKey) -> tuple[Likeness, Sketch]:
    """Marks to search by, and the sketch to compare by, which is to be sealed. ``key`` is that of the draft's kind.

    Of a petition that may hold a denunciation nothing is made of the person: whoever can file could file a guessed
    number and learn from a match that this person has denounced (LTC 8(3), 56).
    """
    text = bare(draft.content.text)
    sketch = sketch_of(syllables_of(text), key)
    person = _NOBODY if is_confidential(draft.kind) else _marks_of_person(draft, key)
    place = draft.respondent_unit or draft.matter_unit
    decisions = tuple(key.mark("decision", place, number) for number in decisions_in(text))
    return person.model_copy(update={"bands": bands_of(sketch, key), "decisions": decisions}), sketch


def _marks_of_person(draft: PetitionDraft, key: LikenessKey) -> Likeness:
    person = draft.petitioner
    phone = e164(person.phone)
    number = "".join((person.personal_number or "").split()).upper()
    name = " ".join(syllables_of(bare(person.full_name or "")))
    return Likeness(
        number=key.mark("number", number) if number else None,
        phone=key.mark("phone", phone) if phone else None,
        name=key.mark("name", name, draft.matter_unit) if name else None,
    )
