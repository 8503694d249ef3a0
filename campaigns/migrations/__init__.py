"""Numbered Alembic migrations: one head, no import from the rest of the program, equal to the models."""
