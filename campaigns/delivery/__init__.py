"""How mail leaves: runs, batches and their ledger, the outbox of single mails, suppression, relays, the sandbox.

Knows nothing of newsletters or subscribers: a run has a kind and opaque ids, and a `Source` per kind says who and what.
"""
