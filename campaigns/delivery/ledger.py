"""The arithmetic of a batch: ids as int64 bytes, one bit for each that is done. Pure."""

from array import array
from collections.abc import Iterable

BATCH_SIZE = 1_000
# So many batches of a run stand ready at most: enough for as many senders, and the audience is asked late.
AHEAD = 16
GROUP_SIZE = 64


def pack_ids(ids: Iterable[int]) -> bytes:
    """Ids as bytes, eight for each, in the order given."""
    return array("q", ids).tobytes()


def unpack_ids(raw: bytes) -> list[int]:
    """The ids again."""
    ids = array("q")
    ids.frombytes(raw)
    return ids.tolist()


def empty_bits(count: int) -> bytes:
    """A bitmap for so many ids, none done."""
    return bytes(-(-count // 8))


def with_bits(bits: bytes, positions: Iterable[int]) -> bytes:
    """The bitmap with those positions done."""
    changed = bytearray(bits)
    for position in positions:
        changed[position >> 3] |= 1 << (position & 7)
    return bytes(changed)


def open_positions(bits: bytes, count: int) -> list[int]:
    """The positions that are not done, in order."""
    return [position for position in range(count) if not bits[position >> 3] >> (position & 7) & 1]
