"""The adder of pictures: the same picture is kept once, in the caller's transaction."""

import secrets
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.newsletters.models import Image
from campaigns.pictures import SafeImage


def add(session: Session, picture: SafeImage, user_id: int | None, now: datetime) -> Image:
    """Keep a picture that was made safe; gives its row with its token."""
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
