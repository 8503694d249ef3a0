"""How we introduce ourselves to the servers that we read: who we are, and where to write."""

from campaigns.staff.queries import get_organization, site_url


def name() -> str:
    """The User-Agent of our requests for feeds."""
    organization = get_organization()
    contact = organization.email if organization.email.isascii() else ""
    return f"HEATWatch/1.0 (+{site_url()}/about-feeds{'; ' + contact if contact else ''})"
