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


def read_image(data: bytes) -> SafeImage:
    """A safe picture out of an uploaded one; of an animation the first frame. Raises Invalid with a sentence."""
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
            return _encoded(_opened(data))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_large() from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError) as error:
        raise _refused("We could not read this picture. Please use a JPEG, PNG, GIF or WebP file.") from error


def _opened(data: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(data), formats=FORMATS)
    if picture.width * picture.height > MAX_PIXELS:
        raise _too_large()
    picture.draft("RGB", (MAX_WIDTH * 2, MAX_WIDTH * 2))
    picture.seek(0)
    picture.load()
    return ImageOps.exif_transpose(picture)


def _encoded(picture: Image.Image) -> SafeImage:
    has_alpha = picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info
    is_drawing = has_alpha or picture.mode in ("1", "P")
    picture = picture.convert("RGBA" if has_alpha else "RGB")
    if picture.width > MAX_WIDTH:
        height = max(1, round(picture.height * MAX_WIDTH / picture.width))
        picture = picture.resize((MAX_WIDTH, height), Image.Resampling.LANCZOS)
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
