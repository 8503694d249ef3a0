"""Uploaded pictures."""

import secrets
from datetime import datetime

from sqlalchemy import select

from campaigns.db import action, db
from campaigns.newsletters.models import Image
from campaigns.pictures import SafeImage, read_image


def add_image(data: bytes, user_id: int | None, now: datetime) -> Image:
    """Keep a picture, made safe; the same picture is kept once. Raises Invalid({"image": sentence}).

    Decoding takes a while, so that it happens before the transaction.
    """
    return _keep(read_image(data), user_id, now)


@action
def _keep(picture: SafeImage, user_id: int | None, now: datetime) -> Image:
    session = db.session()
    known = session.scalar(select(Image).where(Image.digest == picture.digest))
    if known is not None:
        return known
    image = Image(
        token=secrets.token_urlsafe(12),
        digest=picture.digest,
        media_type=picture.media_type,
        width=picture.width,
        height=picture.height,
        data=picture.data,
        created_at=now,
        user_id=user_id,
    )
    session.add(image)
    session.flush()
    return image
