"""The name of an article across feeds and across removing and adding them again."""


def key_of(canonical_url: str, feed_id: int, guid: str) -> str:
    """The canonical address, or what the feed calls the entry when it links nowhere."""
    return canonical_url or f"entry:{feed_id}:{guid}"
