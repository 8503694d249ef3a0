"""Writes of the social domain, by subject; each function is one transaction unless its docstring says otherwise."""
