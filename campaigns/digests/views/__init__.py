"""Staff pages of news: sources, stories, digests."""
