"""All tables of the program, imported in one place so that the metadata is complete."""

__all__ = [
    *("audience", "bounces", "delivery", "digests", "newsletters", "planning"),
    *("radio", "search", "social", "staff", "web"),
]
