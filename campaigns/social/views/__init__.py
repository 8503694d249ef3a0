"""Staff pages of social posts: the list, the composer, approval, what became of it, and the channels."""
