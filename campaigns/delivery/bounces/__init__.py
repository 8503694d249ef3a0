"""Mail that comes back, and complaints, kept as facts: which copy, which kind, in whose words.

Knows nothing of subscribers: what a fact means for a person is decided above, where new facts are asked for.
Words: a bounce is one copy that came back; its kind says what is at fault: the address, the mailbox, the moment, or us.
"""
