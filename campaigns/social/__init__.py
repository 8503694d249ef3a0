"""Social posts: written once, said on each channel in its own way, approved exactly, published once or not at all.

*Network*: a kind of place (Bluesky, Mastodon, X), one file in `networks/`. *Channel*: our account there.
*Post*: what is said, to some channels at some time; one row of the calendar (kind "social").
*Variant*: what is said otherwise on one channel; what it leaves empty comes from the post.
*Message*: the exact content of one thing on one network: text, link card, pictures; a *thread* is several of them.
*Publication*: one post on its way to one channel, its messages frozen at launch; its *parts* are the exact requests,
each kept with its key before it is sent, and what became of it.
*Launch*: the moment a post's time comes and its publications are made; from then on nothing in it changes.
*Slot*: a weekly time at which a channel likes to post. *Spacing*: how far apart its posts should lie.
*Picture*: an image with its description, or the reason why it needs none.
*Practice*: until the office is live every channel publishes into a record of our own and no network is asked.

Knows planning, audience, delivery and staff; nothing of newsletters or radio.
"""
