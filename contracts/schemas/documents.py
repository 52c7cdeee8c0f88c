"""JSON Schema of facts in one spelling: sorted names, references inside the document, Vietnamese labels at enums."""

import json
from typing import Any, Final

from contracts import vocabulary
from contracts.facts.base import Fact
from contracts.vocabulary import Labelled

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

Schema = dict[str, Any]


def schema_of(fact: type[Fact]) -> Schema:
    """The JSON Schema of a fact's value, as a reader has to expect it."""
    schema = fact.model_json_schema(mode="validation")
    for name, definition in schema.get("$defs", {}).items():
        labels = _labels(name)
        if labels and "enum" in definition:
            definition["x-labels"] = labels
    return schema | {"$schema": DIALECT, "$id": f"urn:tiepdan:schema:{fact.TYPE}"}


def as_text(document: Schema) -> str:
    """JSON as it is committed: stable, sorted, readable."""
    return json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def _labels(name: str) -> dict[str, str]:
    listed = getattr(vocabulary, name, None)
    if not (isinstance(listed, type) and issubclass(listed, Labelled)):
        return {}
    return {member.value: member.label for member in listed}
