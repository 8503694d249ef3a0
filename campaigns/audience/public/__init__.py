"""Pages of the audience that anyone may open: joining, leaving, one's own choices. No session, no cookie."""
