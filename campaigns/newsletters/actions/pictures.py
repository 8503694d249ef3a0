"""Uploaded pictures."""

from datetime import datetime

from campaigns.db import action, db
from campaigns.newsletters import images
from campaigns.newsletters.models import Image
from campaigns.pictures import SafeImage, read_image


def add_image(data: bytes, user_id: int | None, now: datetime) -> Image:
    """Keep a picture, made safe; the same picture is kept once. Raises Invalid({"image": sentence}).

    Decoding takes a while, so that it happens before the transaction.
    """
    return _keep(read_image(data), user_id, now)


@action
def _keep(picture: SafeImage, user_id: int | None, now: datetime) -> Image:
    return images.add(db.session(), picture, user_id, now)
