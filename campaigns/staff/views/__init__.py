"""Pages of the staff domain."""
