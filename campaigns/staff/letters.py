"""The mails of the staff domain: plain text, and the shape of the function that carries them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from flask_babel import gettext
from sqlalchemy.orm import Session


class Post(Protocol):
    """The adder of single mails. It lies above this domain, so that the application hands it in."""

    def __call__(
        self,
        session: Session,
        *,
        kind: str,
        to_address: str,
        to_name: str = "",
        subject: str,
        text: str,
        from_name: str | None = None,
        is_urgent: bool = False,
        now: datetime,
    ) -> Any:
        """Put one mail in the session."""


@dataclass(frozen=True)
class Letter:
    """A subject and a plain text."""

    subject: str
    text: str


def invitation(organization: str, inviter: str, link: str) -> Letter:
    """Somebody is asked to join the staff."""
    return Letter(
        gettext("An invitation to work with us"),
        "\n\n".join(
            (
                gettext("Hello,"),
                gettext(
                    "%(inviter)s invites you to work with %(organization)s on newsletters and the mailing list.",
                    inviter=inviter,
                    organization=organization,
                ),
                gettext("Choose a password here. The link works once, for 7 days:"),
                link,
                gettext("If you did not expect this, you need not do anything."),
            )
        )
        + "\n",
    )


def address_check(name: str, link: str) -> Letter:
    """An account proves that it reads its mail."""
    return Letter(
        gettext("Please confirm your address"),
        "\n\n".join(
            (
                gettext("Hello %(name)s,", name=name),
                gettext("This link confirms that you read mail at this address. It works once, for 24 hours:"),
                link,
                gettext("If you did not ask for it, you need not do anything."),
            )
        )
        + "\n",
    )
