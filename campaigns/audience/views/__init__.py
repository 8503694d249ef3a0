"""Staff pages of the audience: people, lists, imports, and the addresses that we must not write to."""
