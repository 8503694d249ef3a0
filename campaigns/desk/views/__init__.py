"""Staff pages over several domains: the desk and the search."""
