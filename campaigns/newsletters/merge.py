"""Merge fields: `{{ first_name | friend }}` is the reader's first name or, when we do not know it, "friend"."""

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from campaigns.delivery.mime import slot
from campaigns.markup import one_line

FIELDS = {"first_name": "First name", "last_name": "Last name"}
_FIELD = re.compile(r"\{\{([^{}\n]*)\}\}")
_MARK = re.compile(r"\x02([a-z0-9_]+)\x03")
_MAX_FALLBACK = 60


@dataclass(frozen=True)
class MergeField:
    """A known field and what stands in its place when it is empty."""

    name: str
    fallback: str

    @property
    def slot_name(self) -> str:
        """The name of its slot; it holds the fallback, so that a message can be filled from the slot alone."""
        return f"{self.name}_x{self.fallback.encode().hex()}"


def read_field(inside: str) -> MergeField | None:
    """What stands between the braces as a field, or None when there is no such field."""
    name, _, fallback = inside.partition("|")
    name, fallback = name.strip(), one_line(fallback)
    return MergeField(name, fallback) if name in FIELDS and len(fallback) <= _MAX_FALLBACK else None


def fields_of(text: str) -> list[MergeField]:
    """The known merge fields in a text."""
    return [field for inside in _FIELD.findall(text) if (field := read_field(inside))]


def faults(text: str) -> list[str]:
    """A sentence for each thing in braces that is no merge field."""
    known = ", ".join(FIELDS)
    found = [
        f"“{{{{{inside}}}}}” is not a field we know. You can use {known}."
        for inside in _FIELD.findall(text)
        if read_field(inside) is None
    ]
    rest = _FIELD.sub("", text)
    if "{{" in rest or "}}" in rest:
        found.append("Two braces have no partner. A field looks like this: {{ first_name | friend }}.")
    return found


def marked(text: str) -> str:
    """The text with a slot in place of each known field; anything else stays as it was typed."""
    return _FIELD.sub(_marked_field, text)


def _marked_field(found: re.Match[str]) -> str:
    field = read_field(found[1])
    return slot(field.slot_name) if field else found[0]


def slots_of(text: str) -> set[str]:
    """The names of the slots in a marked text."""
    return set(_MARK.findall(text))


def value_of(slot_name: str, names: Mapping[str, str]) -> str:
    """What a field's slot holds for a person with these names (by field); "" for a slot that is no field's."""
    name, _, coded = slot_name.partition("_x")
    if name not in FIELDS:
        return ""
    return names.get(name, "").strip() or bytes.fromhex(coded).decode()


def reader_of(slot_names: set[str]) -> Callable[[Mapping[str, str]], dict[str, str]]:
    """What `values_of` does for these slots, prepared once for many people."""
    known = [(name, *name.partition("_x")[::2]) for name in slot_names if name.partition("_x")[0] in FIELDS]
    fields = [(name, field, bytes.fromhex(coded).decode()) for name, field, coded in known]
    return lambda names: {name: names.get(field, "").strip() or fallback for name, field, fallback in fields}


def values_of(slot_names: set[str], names: Mapping[str, str]) -> dict[str, str]:
    """The values of all fields' slots among these."""
    return {name: value_of(name, names) for name in slot_names if name.partition("_x")[0] in FIELDS}


def filled(text: str, values: Mapping[str, str]) -> str:
    """A marked text with its values; a slot without one becomes empty."""
    return _MARK.sub(lambda found: values.get(found[1], ""), text)


def filled_html(source: str, values: Mapping[str, str]) -> str:
    """Marked HTML with its values escaped, as the sender does it."""
    return _MARK.sub(lambda found: html.escape(values.get(found[1], "")), source)


def shown(text: str) -> str:
    """The text as somebody reads it whose name we do not know."""
    marks = marked(text)
    return filled(marks, values_of(slots_of(marks), {}))
