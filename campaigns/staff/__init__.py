"""Accounts, sign-in, roles, the organization and the audit log. Knows nothing of mail, subscribers or newsletters."""
