"""The table behind limits that must hold across processes and restarts."""

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from campaigns.db import Base, UTCDateTime


class Attempt(Base):
    """One try at something that is limited; `key` is a keyed hash, never an address. Kept 24 hours to 30 days."""

    __tablename__ = "attempt"
    __table_args__ = (Index(None, "kind", "key", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    key: Mapped[str]
    at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
