"""Pictures people upload, made safe: decoded within limits, upright, stripped of what they tell, encoded anew."""

import hashlib
import io
import threading
import warnings
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

from campaigns.errors import Invalid

MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 40_000_000
MAX_WIDTH = 1200
SMALLEST_WIDTH = 64
FORMATS = ("JPEG", "PNG", "GIF", "WEBP")
_ONE_AT_A_TIME = threading.Lock()
EXTENSIONS = {"image/jpeg": "jpg", "image/png": "png"}


@dataclass(frozen=True)
class SafeImage:
    """A picture as we keep it."""

    data: bytes
    media_type: str
    width: int
    height: int

    @property
    def digest(self) -> str:
        """The same for the same picture."""
        return hashlib.sha256(self.data).hexdigest()


def read_image(data: bytes, max_width: int = MAX_WIDTH, max_bytes: int | None = None) -> SafeImage:
    """A safe picture out of an uploaded one; of an animation the first frame. Raises Invalid with a sentence.

    It becomes smaller, never cropped, until it is at most `max_width` pixels wide and `max_bytes` long.
    """
    if not data:
        raise _refused("The file is empty.")
    if len(data) > MAX_BYTES:
        raise _refused("The file is larger than 10 MB. Please make the picture smaller and try again.")
    if b"<svg" in data[:2000].lower():
        raise _refused("Drawings in SVG do not work in mail. Please use a JPEG or PNG file.")
    try:
        # One at a time: a large picture takes some hundred megabytes while it is decoded.
        with _ONE_AT_A_TIME, warnings.catch_warnings():
            # Pillow warns of a picture that is too large before it fails; for us both are a refusal.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _within(_opened(data, max_width), max_width, max_bytes)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_large() from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError) as error:
        raise _refused("We could not read this picture. Please use a JPEG, PNG, GIF or WebP file.") from error


def _opened(data: bytes, max_width: int) -> Image.Image:
    picture = Image.open(io.BytesIO(data), formats=FORMATS)
    if picture.width * picture.height > MAX_PIXELS:
        raise _too_large()
    picture.draft("RGB", (max_width * 2, max_width * 2))
    picture.seek(0)
    picture.load()
    return ImageOps.exif_transpose(picture)


def _within(picture: Image.Image, max_width: int, max_bytes: int | None) -> SafeImage:
    safe = _encoded(picture, max_width)
    while max_bytes is not None and len(safe.data) > max_bytes and max_width > SMALLEST_WIDTH:
        max_width = min(max_width, safe.width) * 4 // 5
        safe = _encoded(picture, max_width)
    return safe


def _encoded(picture: Image.Image, max_width: int) -> SafeImage:
    has_alpha = picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info
    is_drawing = has_alpha or picture.mode in ("1", "P")
    picture = picture.convert("RGBA" if has_alpha else "RGB")
    if picture.width > max_width:
        height = max(1, round(picture.height * max_width / picture.width))
        picture = picture.resize((max_width, height), Image.Resampling.LANCZOS)
    # A new picture with nothing but the pixels: no EXIF, no comment, no profile, no thumbnail.
    bare = Image.new(picture.mode, picture.size)
    bare.paste(picture)
    out = io.BytesIO()
    if is_drawing:
        bare.save(out, "PNG", optimize=True)
        return SafeImage(out.getvalue(), "image/png", *bare.size)
    bare.save(out, "JPEG", quality=82, optimize=True, progressive=True)
    return SafeImage(out.getvalue(), "image/jpeg", *bare.size)


def _too_large() -> Invalid:
    return _refused("The picture has more than 40 million pixels. Please make it smaller and try again.")


def _refused(sentence: str) -> Invalid:
    return Invalid({"image": sentence})
