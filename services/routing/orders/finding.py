"""What an officer found later about the petition: its particulars, and what was registered wrongly."""

from typing import TYPE_CHECKING, Any, Final

from pydantic import ConfigDict, Field, create_model
from pydantic.fields import FieldInfo

from contracts.facts.base import DocumentNumber
from contracts.facts.intake import PetitionFiled
from contracts.facts.particulars import Obstacle, Particulars
from services.routing import notes
from services.routing.domain import acts
from services.routing.domain.case import Case
from services.routing.domain.noting import CORRECTED
from services.routing.orders.order import Circumstances, Order, held
from services.routing.twins import documented

NOTABLE: Final = (*CORRECTED, *Particulars.model_fields)
"""What may be found, by its name in the facts."""


class ObstacleFound(Obstacle):
    """An obstacle that was found; an unknown field is refused."""

    model_config = ConfigDict(extra="forbid")

    @property
    def fact(self) -> Obstacle:
        return Obstacle(**self.model_dump())


for _name, _field in ObstacleFound.model_fields.items():  # with their Vietnamese names, as everywhere in the manual
    ObstacleFound.model_fields[_name] = documented(_field, notes.PETITION[_name])
ObstacleFound.model_rebuild(force=True)


class _Noting(Order):
    PATH = "note-particulars"
    SUMMARY = "Ghi nhận thông tin về đơn được biết sau"

    document_number: DocumentNumber | None = None
    """The officer's note, when it has a number."""

    def decide(self, case: Case, given: Circumstances) -> acts.Decided:
        return acts.note_particulars(
            held(case, given.by),
            found=self.found(),
            by=given.by,
            on=given.on,
            law=given.law,
            document_number=self.document_number,
        )

    def found(self) -> dict[str, Any]:
        """What was written down and nothing else; ``null`` takes back what was said."""
        return {name: _as_in_facts(getattr(self, name)) for name in NOTABLE if name in self.model_fields_set}


def _as_in_facts(value: Any) -> Any:
    if not isinstance(value, tuple):
        return value
    return tuple(one.fact if isinstance(one, ObstacleFound) else one for one in value)


def _not_asked_for(name: str) -> tuple[Any, FieldInfo]:
    """The field as the fact has it; left out, it stays as it is known."""
    model = PetitionFiled if name in CORRECTED else Particulars
    field = documented(model.model_fields[name], notes.PETITION.get(name))
    annotation = tuple[ObstacleFound, ...] if name == "obstacles" else field.annotation
    unsaid: Any = Field(default=None)
    return annotation, FieldInfo.merge_field_infos(field, unsaid)


_fields: dict[str, Any] = {name: _not_asked_for(name) for name in NOTABLE}
if TYPE_CHECKING:
    ParticularsNote = _Noting
else:
    ParticularsNote = create_model(
        "ParticularsNote",
        __base__=_Noting,
        __doc__="What was found: only what is written down is noted, and ``null`` takes back what was said before.",
        **_fields,
    )
