"""Forms of news."""
