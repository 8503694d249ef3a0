"""Forms of digests: the rule, a standing approval, a correction."""

from datetime import time
from typing import Any
from zoneinfo import available_timezones

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    Field,
    FieldList,
    Form,
    FormField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.validators import InputRequired, Length, NumberRange, ValidationError
from wtforms.widgets import HiddenInput

from campaigns.audience.rhythms import NAMES
from campaigns.digests import keywords
from campaigns.digests.models import Digest
from campaigns.digests.recipe import Credit, Little, Order
from campaigns.digests.rhythm import DAY_NAMES, Every
from campaigns.digests.rules.digests import COLUMNS, MOST_SECTIONS, MOST_STORIES, STANDING_DAYS
from campaigns.web.fields import Ticks, choices, line, needed, optional, text

ORDERS = {Order.NEWEST: "The newest first", Order.MOST_SOURCES: "What most sources report first"} | {
    Order.NEAREST: "What is nearest to us first: our own, partners, press"
}
CREDITS = {
    Credit.SOURCE_DATE: "Source and date",
    Credit.SOURCE: "Source only",
    Credit.SOURCE_AUTHOR_DATE: "Source, author and date",
}
LITTLE = {Little.SKIP: "Skip this issue, and say so", Little.WAIT: "Wait until there is enough"}
EVERY = {Every.DAY: "Every day", Every.WEEK: "On weekdays that you choose", Every.MONTH: "Once a month"}


def _number(label: str, first: int, last: int, usual: int) -> IntegerField:
    sentence = f"Write a number from {first} to {last}."
    return IntegerField(label, [InputRequired(sentence), NumberRange(first, last, sentence)], default=usual)


def _words(label: str) -> TextAreaField:
    return TextAreaField(label, [_are_few], render_kw={"rows": 3})


def _are_few(_form: Form, field: Any) -> None:
    words = keywords.read(field.data or "")
    if len(words) > keywords.MOST or any(len(word) > keywords.LONGEST for word in words):
        raise ValidationError(f"Use at most {keywords.MOST} words or phrases of {keywords.LONGEST} characters.")


class SectionForm(Form):
    """One section: heading, categories, at most how many. Without categories it takes what is left."""

    title = StringField("Heading", filters=[line])
    categories = StringField("Categories, with commas between", filters=[line])
    most = StringField("Most", filters=[line])


class DigestForm(FlaskForm):
    """The rule of a digest."""

    version = IntegerField(widget=HiddenInput(), default=0)
    name = needed("Name", "Give the digest a name, such as “Monday news”.", longest=100)
    description = optional("For readers: what it is about", longest=300)
    is_public = BooleanField("Show its issues on a public page, with feeds")

    categories = Ticks("Only these categories", choices=[])
    keywords = _words("Only stories that mention")
    without = _words("No stories that mention")
    only_own = BooleanField("Only our own sources")
    only_picked = BooleanField("Only stories that somebody picked")
    has_newsletters = BooleanField("Add the newsletters that went to these lists since the last issue")

    most = _number("Most stories", 1, MOST_STORIES, 10)
    most_per_source = _number("Most from one source", 0, MOST_STORIES, 0)
    least = _number("Fewest stories", 1, MOST_STORIES, 3)
    when_little = RadioField("When there is less", choices=choices(LITTLE))
    story_order = SelectField("Order within a section", choices=choices(ORDERS))
    quote_words = _number("Quote at most so many words", 0, 200, 40)
    credit = SelectField("Line that names the source", choices=choices(CREDITS))
    sections = FieldList(FormField(SectionForm), min_entries=3, max_entries=MOST_SECTIONS)
    subject = optional("Subject", longest=180)
    opening = TextAreaField("Words at the beginning", [Length(max=2000)], filters=[text], render_kw={"rows": 3})

    every = RadioField("How often", choices=choices(EVERY))
    weekdays = Ticks("Days", coerce=int, choices=choices(dict(enumerate(DAY_NAMES))))
    month_day = SelectField(
        "Day of the month", coerce=int, choices=choices({n: str(n) for n in range(1, 29)} | {0: "the last day"})
    )
    at_time = TimeField("Time", [InputRequired("Write a time, such as 08:00.")], default=time(8))
    zone = SelectField("Time zone")

    list_ids = Ticks("Lists", coerce=int, choices=[])
    rhythm = RadioField("Who gets it", choices=[])
    sender_id = SelectField("From", coerce=int)
    approver_id = SelectField("Who is asked to approve each issue", coerce=int)

    def offer(
        self, categories: list[str], lists: dict[int, str], senders: dict[int, str], approvers: dict[int, str]
    ) -> None:
        """Offer what there is to choose from."""
        zones = sorted(name for name in available_timezones() if "/" in name or name == "UTC")
        self.zone.choices = choices({name: name.replace("_", " ") for name in zones})
        kept = [name for name in self.categories.data or [] if name]
        self.categories.choices = choices({name: name for name in dict.fromkeys([*categories, *kept])})
        self.list_ids.choices = choices(lists)
        self.sender_id.choices = choices({0: "The usual sender"} | senders)
        self.approver_id.choices = choices({0: "Nobody yet"} | approvers)
        rhythms = {key: f"Readers of these lists who chose “{name.lower()}”" for key, name in NAMES.items()}
        self.rhythm.choices = choices({"": "Everybody on these lists"} | rhythms)

    def validate_sections(self, field: Field) -> None:
        """Short texts, and a number or nothing."""
        for one in field.data:
            if one["most"] and not (one["most"].isdigit() and int(one["most"]) <= MOST_STORIES):
                raise ValidationError(f"Write a number up to {MOST_STORIES}, or nothing, for the most of a section.")
            if len(one["title"]) > 200 or len(one["categories"]) > 300:
                raise ValidationError("Use at most 200 characters for a heading and 300 for its categories.")

    def values(self) -> dict[str, Any]:
        """What the form says, as columns."""
        plain = {name: self[name].data for name in COLUMNS if name in self._fields}
        sections = [
            {
                "title": one["title"],
                "categories": [line(name) for name in one["categories"].split(",") if line(name)],
                "most": int(one["most"] or 0),
            }
            for one in self.sections.data
            if one["title"] or one["categories"]
        ]
        return plain | {
            "sections": sections,
            "keywords": keywords.read(self.keywords.data or ""),
            "without": keywords.read(self.without.data or ""),
            "at_time": self.at_time.data.strftime("%H:%M") if self.at_time.data else "",
            "sender_id": self.sender_id.data or None,
            "approver_id": self.approver_id.data or None,
            "subject": self.subject.data or "",
            "description": self.description.data or "",
        }


def shown(source: dict[str, Any]) -> dict[str, Any]:
    """The columns of a digest as the form shows them."""
    sections = [
        {"title": one["title"], "categories": ", ".join(one["categories"]), "most": str(one["most"] or "")}
        for one in source["sections"]
    ]
    return source | {
        "sections": sections + [{}] * max(0, min(MOST_SECTIONS, len(sections) + 1) - max(len(sections), 3)),
        "keywords": "\n".join(source["keywords"]),
        "without": "\n".join(source["without"]),
        "at_time": time.fromisoformat(source["at_time"]),
        "sender_id": source["sender_id"] or 0,
        "approver_id": source["approver_id"] or 0,
    }


def columns_of(digest: Digest) -> dict[str, Any]:
    """The rule of a digest, by column."""
    return {name: getattr(digest, name) for name in COLUMNS} | {"version": digest.version}


class StandingForm(FlaskForm):
    """A standing approval."""

    approver_id = SelectField("In whose name", coerce=int)
    days = _number("For how many days", 1, STANDING_DAYS, 30)

    def offer(self, approvers: dict[int, str]) -> None:
        """Offer who may approve."""
        self.approver_id.choices = choices(approvers)


class CorrectionForm(FlaskForm):
    """What was wrong in a printed story, and what is right."""

    text = TextAreaField(
        "What is right",
        [InputRequired("Write what was wrong, and what is right."), Length(max=1000)],
        filters=[text],
        render_kw={"rows": 3},
    )
