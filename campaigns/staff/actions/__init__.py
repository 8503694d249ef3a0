"""Writes of the staff domain: sign-in, one-time links, accounts, the organization."""

from campaigns.staff.actions.links import first_link, sign_in_link

__all__ = ["first_link", "sign_in_link"]
