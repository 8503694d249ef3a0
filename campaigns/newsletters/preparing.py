"""A newsletter as it stands now: compiled, hashed, counted and checked. Reads and renders; writes nothing."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from campaigns.audience import links as audience_links
from campaigns.audience import queries as audience
from campaigns.audience.links import leave_url, site_url
from campaigns.delivery import queries as delivery
from campaigns.delivery.headers import HeaderInjection
from campaigns.delivery.mime import Form, compile_form, slot
from campaigns.delivery.models import Sender
from campaigns.newsletters import merge, queries, rules
from campaigns.newsletters.blocks import read_blocks
from campaigns.newsletters.documents import Document, Text
from campaigns.newsletters.frame import Frame, Imprint, Picture
from campaigns.newsletters.models import Newsletter
from campaigns.newsletters.render import Rendered, render, render_article
from campaigns.newsletters.rules import Problem
from campaigns.staff import queries as staff
from campaigns.staff.models import Organization

LEAVE_SLOT, LISTS_SLOT = "leave_url", "list_names"


@dataclass(frozen=True)
class Prepared:
    """One newsletter at one version. `forms` is what would be sent by language, `articles` what the archive shows."""

    newsletter_id: int
    version: int
    document: Document
    content_hash: str
    people: int
    problems: list[Problem]
    forms: dict[str, Form]
    articles: dict[str, str]
    subjects: dict[str, str]
    size: int

    @property
    def from_address(self) -> str:
        """The address that it comes from, in every language; empty while there is no text."""
        return next((form.from_address for form in self.forms.values()), "")

    @property
    def is_ready(self) -> bool:
        """Whether nothing that must be put right is left."""
        return not any(problem.is_must for problem in self.problems)


def prepare(newsletter_id: int, now: datetime) -> Prepared:
    """Compile every language and look for problems; raises NotFound."""
    newsletter = queries.get_newsletter(newsletter_id)
    document = queries.document_of(newsletter)
    organization = staff.get_organization()
    sender = _sender(document)
    pictures = queries.pictures_of(document)
    people = queries.count_of(document, now)
    frames = {language: _frame(newsletter, organization, language, pictures) for language in document.editions}
    lists = _list_facts(document)
    rendered = {language: render(text, frames[language]) for language, text in document.editions.items()}
    forms = {language: _form(one, sender, organization, lists) for language, one in rendered.items()}
    size = max((one.encoded_size for one in rendered.values()), default=0)
    problems = rules.plan_problems(
        document, people, sender is not None, now, organization.is_practice
    ) + _header_problems(forms, sender)
    for text in document.editions.values():
        problems += rules.problems_of(text, pictures)
    problems += rules.size_problems(size)
    problems += rules.imprint_problems(organization.postal_address, organization.is_practice)
    problems += rules.archived_list_problems([name for _, name, is_archived in lists if is_archived])
    return Prepared(
        newsletter_id=newsletter_id,
        version=newsletter.version,
        document=document,
        content_hash=rules.content_hash(document, {key: form.to_json() for key, form in forms.items()}, pictures),
        people=people,
        problems=rules.in_order(problems),
        forms=forms,
        articles={language: render_article(text, frames[language]) for language, text in document.editions.items()},
        subjects={language: merge.shown(text.subject) for language, text in document.editions.items()},
        size=size,
    )


def preview(newsletter_id: int, language: str = "en", reader_id: int | None = None) -> Rendered:
    """One language as one reader gets it, or as somebody without a name; its images have addresses without a host."""
    newsletter = queries.get_newsletter(newsletter_id)
    document = queries.document_of(newsletter)
    frame = _frame(newsletter, staff.get_organization(), language, queries.pictures_of(document))
    reader = audience.find_subscriber(reader_id) if reader_id else None
    names = {"first_name": reader.first_name, "last_name": reader.last_name} if reader else {}
    rendered = render(document.text(language), replace(frame, image_base=""))
    return rendered.fill(
        merge.values_of(rendered.slots, names)
        | {LEAVE_SLOT: leave_url(site_url(), "preview"), LISTS_SLOT: ", ".join(audience.list_names(document.lists))}
    )


def test_mails(prepared: Prepared, names: Mapping[str, str]) -> dict[str, Rendered]:
    """Each language as a test for a member of staff: marked in the subject, with a link that says what it is."""
    newsletter = queries.get_newsletter(prepared.newsletter_id)
    organization = staff.get_organization()
    pictures = queries.pictures_of(prepared.document)
    made = {}
    for language, text in prepared.document.editions.items():
        frame = replace(_frame(newsletter, organization, language, pictures), is_test=True, read_url="")
        rendered = render(text, frame)
        values = merge.values_of(rendered.slots, names) | {LEAVE_SLOT: test_leave_url()}
        filled = rendered.fill(values)
        made[language] = replace(filled, subject=f"[Test] {filled.subject}".strip())
    return made


def test_leave_url() -> str:
    """Where the link of a test leads: a page that says so."""
    return audience_links.test_leave_url()


def sender_of(newsletter_id: int) -> Sender | None:
    """Who a newsletter comes from, or None while nobody is chosen."""
    sender_id = queries.get_newsletter(newsletter_id).sender_id
    return delivery.get_sender(sender_id) if sender_id else None


def with_image_urls(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Blocks as dictionaries, each image with `image_url`, the address of its picture on our own site."""
    shown = []
    for block in blocks:
        image = queries.find_image(str(block.get("image"))) if block.get("image") else None
        shown.append({**block, "image_url": f"/i/{image.token}.{image.extension}"} if image else block)
    return shown


def _sender(document: Document) -> Sender | None:
    sender = delivery.get_sender(document.sender_id) if document.sender_id else None
    return None if sender is None or sender.retired_at else sender


def _list_facts(document: Document) -> list[tuple[str, str, bool]]:
    """Slug, name and whether it is archived, of each chosen list."""
    wanted = set(document.lists)
    entries = [entry for entry in audience.lists(with_archived=True) if entry.id in wanted]
    return [(entry.slug, entry.name, entry.archived_at is not None) for entry in entries]


def _frame(newsletter: Newsletter, organization: Organization, language: str, pictures: Mapping[str, Picture]) -> Frame:
    base = site_url()
    return Frame(
        imprint=imprint_of(organization),
        language=language,
        base=base,
        image_base=base,
        leave_url=slot(LEAVE_SLOT),
        read_url=f"{base}/read/{newsletter.slug}",
        list_names=slot(LISTS_SLOT),
        pictures=pictures,
    )


def imprint_of(organization: Organization) -> Imprint:
    """The organization as newsletters name it."""
    return Imprint(
        name=organization.name,
        program_line=organization.program_line,
        postal_address=organization.postal_address,
        disclaimer=organization.disclaimer,
        emergency=organization.emergency,
        tip_line=organization.tip_line,
        hotline_name=organization.hotline_name,
        hotline=organization.hotline,
        hotline_text=organization.hotline_text,
    )


def _form(
    rendered: Rendered, sender: Sender | None, organization: Organization, lists: list[tuple[str, str, bool]]
) -> Form:
    address = sender.address if sender else organization.email
    return Form(
        subject=rendered.subject,
        html=rendered.html,
        text=rendered.text,
        from_name=sender.name if sender else organization.name,
        from_address=address,
        reply_to=(sender.reply_to or None) if sender else None,
        list_id=rules.list_id(organization.name, [(slug, name) for slug, name, _ in lists], address),
        unsubscribe_slot=LEAVE_SLOT,
        is_bulk=True,
    )


def _header_problems(forms: Mapping[str, Form], sender: Sender | None) -> list[Problem]:
    if sender is None:
        return []
    try:
        for form in forms.values():
            compile_form(form, form.from_address.rpartition("@")[2])
    except HeaderInjection as error:
        title = "The sender or the subject cannot stand in a mail header"
        return [Problem("must", title, str(error), field="sender_id")]
    return []


def template_hash(sender_id: int | None) -> str:
    """What a newsletter looks like around its words: program, imprint, safety numbers and sender, as one hash."""
    organization = staff.get_organization()
    sample = Text(
        subject="Subject",
        preheader="Preview",
        blocks=read_blocks(
            [
                {"kind": "heading", "id": "a", "text": "Heading"},
                {"kind": "text", "id": "b", "text": "Text with a [link](https://example.org/)."},
                {"kind": "story", "id": "c", "title": "Story", "text": "Words", "source": "Source", "is_quoted": True},
                {"kind": "safety", "id": "d"},
            ]
        ),
    )
    frame = Frame(
        imprint=imprint_of(organization),
        language="en",
        base="",
        image_base="",
        leave_url=slot(LEAVE_SLOT),
        read_url="",
        list_names=slot(LISTS_SLOT),
        pictures={},
    )
    sender = delivery.get_sender(sender_id) if sender_id else None
    form = _form(render(sample, frame), None if sender is None or sender.retired_at else sender, organization, [])
    return hashlib.sha256(form.to_json().encode()).hexdigest()
