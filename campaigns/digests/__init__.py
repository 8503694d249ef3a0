"""News feeds, the entries they bring, the stories these tell, and the digests that become draft newsletters.

Words: feed, entry, story, digest. Knows newsletters only by their drafts; nothing below knows of this domain.
"""
