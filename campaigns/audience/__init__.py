"""Subscribers, the lists they join, what they agreed to, import and export. The domain to copy.

Words: subscriber, list, membership, consent event, suppression. Knows nothing of newsletters.
"""
