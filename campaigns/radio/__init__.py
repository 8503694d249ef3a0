"""Radio: shows, the stations that carry them, when they are on the air, and what is said.

Words: a *show* is the program, a *station* carries it, an *airing* is a show's slot on a station (wall time, rule),
an *occurrence* is one time that the slot comes round (derived, never stored; a *change* says where one differs), an
*episode* is what is broadcast, a *script* is text to be read aloud within so many seconds, and the *log* is what
stations confirm to have aired.

Does not know newsletters, posts or the list: what announces an episode on those channels is `playbooks/`, above.
"""
