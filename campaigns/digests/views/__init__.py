"""Staff pages of news."""
