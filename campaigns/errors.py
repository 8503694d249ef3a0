"""The errors the program raises on purpose; `web/errors.py` answers them in one place."""

from collections.abc import Mapping

from flask_babel import gettext


class OutreachError(Exception):
    """The root of all errors raised on purpose. `str(error)` is a sentence for the person reading."""

    status = 500


class NotFound(OutreachError):
    """What was asked for does not exist, or not any more (404)."""

    status = 404

    def __init__(self, message: str = "") -> None:
        super().__init__(message or gettext("We could not find that. It may have been removed."))


class Invalid(OutreachError):
    """What a person gave cannot be used (400). `fields` maps a field name to its sentence; "" is the whole form."""

    status = 400

    def __init__(self, fields: Mapping[str, str] | str) -> None:
        self.fields: dict[str, str] = {"": fields} if isinstance(fields, str) else dict(fields)
        super().__init__(" ".join(self.fields.values()))


class Conflict(OutreachError):
    """Somebody or something else changed it first (409)."""

    status = 409


class Refused(OutreachError):
    """It is understood, and not allowed (403)."""

    status = 403


class TooMany(OutreachError):
    """It was asked too often just now (429)."""

    status = 429


class OutsideError(OutreachError):
    """Something outside the program failed.

    `outcome` is "retry" (certainly not done, try later), "failed" (certainly not done, will not work) or
    "unknown" (the other side may have acted; reconcile, never repeat blindly).
    """

    status = 502

    def __init__(self, message: str, outcome: str = "retry") -> None:
        self.outcome = outcome
        super().__init__(message)
