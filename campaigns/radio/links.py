"""Addresses of our public pages of radio, as they travel in mail, feeds and posts."""

from campaigns import tokens

PURPOSE = "aired"


def aired_url(site_url: str, broadcast_id: int) -> str:
    """The address of the page on which a station confirms one broadcast."""
    return f"{site_url}/listen/aired/{tokens.seal(PURPOSE, broadcast_id)}"


def broadcast_of(token: str) -> int | None:
    """The broadcast that a link is about, or None for one that we did not make."""
    numbers = tokens.unseal(PURPOSE, token)
    return numbers[0] if numbers and len(numbers) == 1 else None


def show_url(site_url: str, slug: str) -> str:
    """A show's page."""
    return f"{site_url}/listen/{slug}"


def episode_url(site_url: str, show: str, episode: str) -> str:
    """An episode's page."""
    return f"{show_url(site_url, show)}/{episode}"
