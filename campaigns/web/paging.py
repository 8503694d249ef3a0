"""One page of a long list."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from flask import request
from sqlalchemy import func, select
from sqlalchemy.sql import Select

from campaigns.db import db

T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
    """The items of one page; `page` counts from 1."""

    items: Sequence[T]
    page: int
    per_page: int
    total: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // self.per_page))

    @property
    def has_prev(self) -> bool:
        """Whether a page comes before."""
        return self.page > 1

    @property
    def has_next(self) -> bool:
        """Whether a page comes after."""
        return self.page < self.pages

    @property
    def first(self) -> int:
        """The number of the first item shown, 0 when there is none."""
        return 0 if not self.total else (self.page - 1) * self.per_page + 1

    @property
    def last(self) -> int:
        """The number of the last item shown."""
        return min(self.page * self.per_page, self.total)


def page_of(question: Select[Any], page: int = 1, per_page: int = 50) -> Page[Any]:
    """One page of the rows of a select over one entity; a page past the end is the last one."""
    total = db.session.scalar(select(func.count()).select_from(question.order_by(None).subquery())) or 0
    page = min(max(page, 1), max(1, -(-total // per_page)))
    items = db.session.scalars(question.limit(per_page).offset((page - 1) * per_page)).all()
    return Page(items, page, per_page, total)


def asked_page() -> int:
    """The page number in the address; 1 when there is none or it is no number."""
    text = request.args.get("page", "1")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 1
