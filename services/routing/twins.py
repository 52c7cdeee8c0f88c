"""Strict twins of the models of facts: what a person may write down, field by field, with nothing taken on trust.

A fact ignores what it does not know, for an old reader has to survive a new speaker. A situation that somebody writes
down is the other way round: an unknown field is refused. The twin follows the fact: a field that is added there is
asked for, checked and documented here without more work.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, time
from types import UnionType
from typing import Annotated, Any, Final, Union, get_args, get_origin

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, create_model
from pydantic.fields import FieldInfo

from contracts.facts.base import VIETNAM
from contracts.vocabulary import Labelled

DAY_BEGINS: Final = time(10)
"""A date without an hour stands for this hour of it, in Vietnam: in office hours, so that the day is the same."""
YEARS: Final = range(1996, 2099)
"""The calendar is known for these, with the year after (``contracts.law.calendar``)."""
_DATE_LENGTH: Final = len("2026-09-07")


class Strict(BaseModel):
    """Nothing unknown, nothing converted: ``"3"`` is no number and ``"yes"`` no truth."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True)


def _moment(value: object) -> object:
    if not isinstance(value, str):
        return value
    moment = datetime.fromisoformat(value)
    if moment.year not in YEARS:
        raise ValueError("ngoài những năm có lịch làm việc")
    if len(value) == _DATE_LENGTH:
        return datetime.combine(moment, DAY_BEGINS, VIETNAM)
    if moment.tzinfo is None:
        raise ValueError("thiếu múi giờ")
    return moment


When = Annotated[
    datetime,
    BeforeValidator(_moment),
    WithJsonSchema(
        {
            "type": "string",
            "anyOf": [{"format": "date"}, {"format": "date-time"}],
            "examples": ["2026-09-07", "2026-09-07T23:59:00+07:00"],
        }
    ),
]
"""A day (``2026-09-07``) or a moment with its zone (``2026-09-07T23:59:00+07:00``); days are those of Vietnam."""


class Note:
    """What the manual says of a field beside its docstring."""

    __slots__ = ("examples", "title", "unit")

    def __init__(self, title: str, *examples: Any, unit: str = "") -> None:
        self.title = title
        self.examples = examples
        self.unit = unit


def fields_of(
    model: type[BaseModel], notes: Mapping[str, Note], *, without: Iterable[str] = ()
) -> dict[str, tuple[Any, FieldInfo]]:
    """The fields of a model as a twin takes them over, documented. ``without``: what nobody writes down."""
    left_out = frozenset(without)
    return {
        name: (_strict(field.annotation, notes), documented(field, notes.get(name)))
        for name, field in model.model_fields.items()
        if name not in left_out
    }


def documented(field: FieldInfo, note: Note | None) -> FieldInfo:
    """The field with its Vietnamese title, its unit, its allowed values by name, and examples; once and for all."""
    if field.title is not None:
        return field
    labels = labels_of(field.annotation)
    said = [field.description or (note.title if note else "")]
    if labels:
        said.append("Values: " + "; ".join(f"{value} = {label}" for value, label in labels.items()) + ".")
    extra: dict[str, Any] = {}
    if note and note.unit:
        extra["x-unit"] = note.unit
    if labels:
        extra["x-labels"] = labels
    return FieldInfo.merge_field_infos(
        field,
        Field(
            title=note.title if note else None,
            description=" ".join(one for one in said if one),
            examples=list(note.examples) if note and note.examples else None,
            json_schema_extra=extra or None,
        ),
    )


def labels_of(annotation: Any) -> dict[str, str]:
    """The closed list inside an annotation, value by value with its Vietnamese name; empty when there is none."""
    if isinstance(annotation, type) and issubclass(annotation, Labelled):
        return {member.value: member.label for member in annotation}
    for part in get_args(annotation):
        found = labels_of(part)
        if found:
            return found
    return {}


def _strict(annotation: Any, notes: Mapping[str, Note]) -> Any:
    """The annotation with every model inside it replaced by its twin, and every moment by a day or a moment."""
    if annotation in {datetime, AwareDatetime}:
        return When
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _twin(annotation, notes)
    origin = get_origin(annotation)
    if origin is None or origin is Annotated:
        return annotation
    parts = tuple(part if part is Ellipsis else _strict(part, notes) for part in get_args(annotation))
    if origin in {Union, UnionType}:
        return Union[parts]  # noqa: UP007 - built from a tuple
    return origin[parts]


_TWINS: Final[dict[type[BaseModel], type[BaseModel]]] = {}


def _twin(model: type[BaseModel], notes: Mapping[str, Note]) -> type[BaseModel]:
    """A part of a fact, with its own checks kept."""
    if model not in _TWINS:
        fields: dict[str, Any] = fields_of(model, notes)
        _TWINS[model] = create_model(model.__name__, __base__=(model, Strict), __doc__=model.__doc__, **fields)
    return _TWINS[model]
