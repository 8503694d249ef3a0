"""Pictures are decoded within limits, turned upright, stripped and encoded anew."""

import io
import struct
import zlib

import pytest
from PIL import Image

from campaigns.errors import Invalid
from campaigns.pictures import MAX_WIDTH, read_image

SECRET = b"37.80N 122.27W"


def encoded(picture: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def photo(width: int = 80, height: int = 40) -> Image.Image:
    return Image.linear_gradient("L").resize((width, height)).convert("RGB")


def test_metadata_is_gone_and_the_picture_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = SECRET.decode()
    safe = read_image(encoded(photo(), "JPEG", exif=exif, comment=SECRET))
    assert SECRET not in safe.data
    assert (safe.width, safe.height) == (40, 80)
    assert not Image.open(io.BytesIO(safe.data)).getexif()


def test_large_pictures_become_as_wide_as_a_newsletter_needs() -> None:
    safe = read_image(encoded(photo(3000, 1500), "JPEG"))
    assert (safe.width, safe.height) == (MAX_WIDTH, MAX_WIDTH // 2)


@pytest.mark.parametrize(
    ("mode", "kind", "wanted"),
    [
        ("RGB", "JPEG", "image/jpeg"),
        ("L", "JPEG", "image/jpeg"),
        ("CMYK", "JPEG", "image/jpeg"),
        ("RGB", "PNG", "image/jpeg"),
        ("RGBA", "PNG", "image/png"),
        ("P", "PNG", "image/png"),
        ("1", "PNG", "image/png"),
        ("RGB", "WEBP", "image/jpeg"),
        ("RGBA", "WEBP", "image/png"),
    ],
)
def test_every_kind_becomes_one_that_mail_programs_know(mode: str, kind: str, wanted: str) -> None:
    picture = photo().convert(mode)
    if mode == "RGBA":
        picture.putalpha(128)
    safe = read_image(encoded(picture, kind))
    assert safe.media_type == wanted
    assert Image.open(io.BytesIO(safe.data)).size == (80, 40)


def test_of_an_animation_the_first_frame_stays() -> None:
    frames = [Image.new("P", (20, 20), color) for color in (1, 2, 3)]
    safe = read_image(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    assert getattr(Image.open(io.BytesIO(safe.data)), "n_frames", 1) == 1


def test_the_same_picture_has_the_same_digest() -> None:
    assert read_image(encoded(photo(), "JPEG")).digest == read_image(encoded(photo(), "JPEG")).digest


def bomb() -> bytes:
    """A PNG of 50,000 by 50,000 pixels in a few bytes."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"\x89PNG\r\n\x1a\n",
        encoded(photo(), "JPEG")[:300],
        encoded(photo(), "TIFF"),
        b"GIF89a" + b"\xff" * 40,
        b"x" * (10 * 1024 * 1024 + 1),
        bomb(),
    ],
    ids=["empty", "text", "svg", "head", "cut", "tiff", "garbage", "large", "bomb"],
)
def test_what_is_no_picture_for_us_is_refused_with_a_sentence(data: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        read_image(data)
    assert refused.value.fields["image"].endswith(".")


def test_a_picture_becomes_smaller_until_it_is_short_enough() -> None:
    noise = Image.effect_noise((900, 600), 120).convert("RGB")
    safe = read_image(encoded(noise, "PNG"), max_width=2048, max_bytes=100_000)
    assert len(safe.data) <= 100_000
    assert abs(safe.width / safe.height - 1.5) < 0.01
