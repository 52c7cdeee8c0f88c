"""Dated templates: read from TOML, linted when read, chosen by the day (reference/notify.md §7).

Accented text is the source; SMS gets it folded. A template that could cost more parts than it may, that asks for an
undeclared value, or that would let a discreet notice speak, is refused at load: the service does not start with it.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from contracts.errors import BadInput
from services.notify.domain.pace import Urgency
from services.notify.domain.text import fold, parts

_PLACEHOLDER: Final = re.compile(r"\{([a-z_]+)\}")
_ALLOWED_SIGNS: Final = re.compile(r"[A-Za-z0-9 .,:;/()\-?!'\"]*")
_MAX_SMS_CHARACTERS: Final = 480
"""Operators refuse longer texts."""

VALUES: Final = frozenset({"tinh", "ma", "gio", "ngay", "han", "cq", "sdt", "url", "dc", "so", "n"})
"""Every value a template may ask for. None of them is a person's name, number or address."""
DISCREET_VALUES: Final = frozenset({"tinh", "ma", "url", "han"})
DISCLOSING_WORDS: Final = (
    "to cao", "khieu nai", "kien nghi", "phan anh", "don", "thu ly", "tcd", "tiep cong dan", "thanh tra", "ubnd",
    "co quan", "giai quyet", "ket qua", "nguoi bi",
)  # fmt: skip
"""What a discreet text may not say, folded: kind, agency, state, result."""


class LintError(ValueError):
    """A template file that must not be used; the message names template and reason."""


@dataclass(frozen=True, slots=True)
class Registration:
    """A template registered with Zalo: our name for it, its number there, and the lengths of its parameters."""

    name: str
    template_id: str
    is_repeat_ok: bool
    parameters: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Template:
    """One text in one version. ``zalo`` maps parameters of the registration to texts with placeholders."""

    id: str
    version: str
    valid_from: date
    use: str
    text: str
    urgency: Urgency
    discreet_as: str
    """The neutral template that stands in for it."""
    max_parts: int = 1
    registration: Registration | None = None
    zalo: Mapping[str, str] = field(default_factory=dict)

    @property
    def reference(self) -> str:
        """Id and version, as facts name it: ``T02.2026-07``."""
        return f"{self.id}.{self.version}"

    @property
    def is_neutral(self) -> bool:
        """True for the D series, which says nothing but: there is something, look."""
        return self.id.startswith("D")

    def sms(self, values: Mapping[str, str]) -> str:
        """The text as it goes over the air. Errors: BadInput("value_missing")."""
        return fold(_filled(self.text, values, self.reference))

    def zalo_data(self, values: Mapping[str, str]) -> dict[str, str]:
        """The parameters as Zalo wants them, cut to their registered lengths. Errors: BadInput("value_missing")."""
        if self.registration is None:
            return {}
        limits = self.registration.parameters
        return {
            name: unicodedata.normalize("NFC", _filled(text, values, self.reference))[: limits[name]]
            for name, text in self.zalo.items()
        }


class Catalogue:
    """All templates; ``find`` answers the version in force on a day."""

    def __init__(self, templates: Iterable[Template]) -> None:
        self._by_id: dict[str, list[Template]] = {}
        for template in sorted(templates, key=lambda one: one.valid_from):
            self._by_id.setdefault(template.id, []).append(template)
        self._by_reference = {one.reference: one for group in self._by_id.values() for one in group}

    def find(self, template_id: str, on: date) -> Template:
        """The version in force. Errors: BadInput("no_template")."""
        in_force = [one for one in self._by_id.get(template_id, []) if one.valid_from <= on]
        if not in_force:
            raise BadInput("no_template", "Không có mẫu thông báo nào có hiệu lực vào ngày này.", template=template_id)
        return in_force[-1]

    def by_reference(self, reference: str) -> Template:
        """Exactly this version. Errors: BadInput("no_template")."""
        template = self._by_reference.get(reference)
        if template is None:
            raise BadInput("no_template", "Không có mẫu thông báo này.", template=reference)
        return template

    def registered(self) -> dict[str, Mapping[str, int]]:
        """What is registered with Zalo: template id there → parameter → longest value."""
        return {one.registration.template_id: one.registration.parameters for one in self if one.registration}

    def __iter__(self) -> Iterator[Template]:
        return iter(self._by_reference.values())


def read_catalogue(sets: Sequence[str]) -> Catalogue:
    """Read and lint dated template sets (TOML). Errors: LintError."""
    templates = [template for text in sets for template in _read_set(tomllib.loads(text))]
    catalogue = Catalogue(templates)
    for template in templates:
        if not template.is_neutral:
            neutral = catalogue.find(template.discreet_as, template.valid_from)
            if not neutral.is_neutral:
                raise LintError(f"{template.reference}: {neutral.id} is not a neutral text")
    return catalogue


def _read_set(data: Mapping[str, Any]) -> list[Template]:
    budgets: dict[str, int] = data["budgets"]
    if unknown := budgets.keys() - VALUES:
        raise LintError(f"budgets: values that no notice may carry: {sorted(unknown)}")
    registrations = {
        one["name"]: Registration(one["name"], one["template_id"], one["is_repeat_ok"], one["parameters"])
        for one in data.get("registration", [])
    }
    templates = [_read(one, data, registrations) for one in data["template"]]
    for template in templates:
        lint(template, budgets)
    return templates


def _read(one: Mapping[str, Any], data: Mapping[str, Any], registrations: Mapping[str, Registration]) -> Template:
    zalo = one.get("zalo", {})
    return Template(
        id=one["id"],
        version=data["version"],
        valid_from=data["valid_from"],
        use=one["use"],
        text=one["text"],
        urgency=Urgency(one.get("urgency", "status")),
        discreet_as=one.get("discreet_as", "D02"),
        max_parts=one.get("max_parts", 1),
        registration=registrations[zalo["registration"]] if zalo else None,
        zalo={name: text for name, text in zalo.items() if name != "registration"},
    )


def lint(template: Template, budgets: Mapping[str, int]) -> None:
    """Refuse what must never be sent. Errors: LintError."""
    asked = {name for text in (template.text, *template.zalo.values()) for name in _PLACEHOLDER.findall(text)}
    if undeclared := asked - budgets.keys():
        raise LintError(f"{template.reference}: values without a budget: {sorted(undeclared)}")
    worst = worst_case(template, budgets)
    if not _ALLOWED_SIGNS.fullmatch(worst):
        raise LintError(f"{template.reference}: signs that operators refuse")
    if parts(worst) > template.max_parts or len(worst) > _MAX_SMS_CHARACTERS:
        raise LintError(f"{template.reference}: {len(worst)} characters in the worst case, {parts(worst)} parts")
    if template.registration and set(template.zalo) != set(template.registration.parameters):
        raise LintError(f"{template.reference}: not the parameters registered as {template.registration.name}")
    if template.is_neutral:
        _lint_neutral(template, asked)


def worst_case(template: Template, budgets: Mapping[str, int]) -> str:
    """The folded text with every value as long as its budget allows."""
    return fold(_PLACEHOLDER.sub(lambda match: "x" * budgets[match.group(1)], template.text))


def _lint_neutral(template: Template, asked: set[str]) -> None:
    if extra := asked - DISCREET_VALUES:
        raise LintError(f"{template.reference}: a discreet text may not carry {sorted(extra)}")
    if template.registration:
        raise LintError(f"{template.reference}: a discreet text goes by SMS only")
    words = " " + re.sub(r"[^a-z]+", " ", fold(template.text).lower()) + " "
    if said := [word for word in DISCLOSING_WORDS if f" {word} " in words]:
        raise LintError(f"{template.reference}: a discreet text may not say {said}")


def _filled(text: str, values: Mapping[str, str], reference: str) -> str:
    if missing := {name for name in _PLACEHOLDER.findall(text) if name not in values}:
        raise BadInput(
            "value_missing", "Thiếu dữ liệu để soạn thông báo.", template=reference, value=", ".join(sorted(missing))
        )
    return _PLACEHOLDER.sub(lambda match: values[match.group(1)], text)
