"""Writes of playbooks, by subject: the lines, the pack, what a changed broadcast changes, letters."""
