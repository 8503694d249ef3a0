"""What forms of staff share: lines, texts, tick boxes, lists of lines, and options."""

from collections.abc import Mapping
from typing import Any

from wtforms import SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import InputRequired, Length, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from campaigns.markup import one_line, tidy


def choices(words: Mapping[Any, str]) -> list[SelectChoice]:
    """Options of a field."""
    return [SelectChoice(str(value), word) for value, word in words.items()]


def line(text: str | None) -> str:
    """A field of one line, without control characters and runs of white space."""
    return one_line(text or "")


def text(text: str | None) -> str:
    """A text as typed, without control characters."""
    return tidy(text or "")


def needed(label: str, sentence: str, longest: int = 200) -> StringField:
    """A line that must be filled in."""
    return StringField(label, [InputRequired(sentence), Length(max=longest)], filters=[line])


def optional(label: str, *checks: Any, longest: int = 300) -> StringField:
    """A line that may stay empty, with further checks."""
    return StringField(label, [Optional(), Length(max=longest), *checks], filters=[line])


class Ticks(SelectMultipleField):
    """Several of a list, as tick boxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class LinesField(TextAreaField):
    """One entry a line; `entries` holds them without empty and repeated ones."""

    def __init__(self, label: str, most: int = 20, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.most = most

    def process_data(self, value: Any) -> None:
        """Show a list as lines."""
        self.data = "\n".join(value) if isinstance(value, list) else value

    def pre_validate(self, _form: Any) -> None:
        """Refuse more lines than a page can show."""
        if len(self.entries) > self.most or any(len(entry) > 200 for entry in self.entries):
            raise ValidationError(f"At most {self.most} lines of 200 characters fit here.")

    @property
    def entries(self) -> list[str]:
        """What stands on the lines."""
        lines = [one_line(line) for line in (self.data or "").splitlines()]
        return list(dict.fromkeys(line for line in lines if line))
