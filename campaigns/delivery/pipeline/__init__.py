"""The fast way to hand over many messages: several connections at once, each message in one way there and back.

Words: a *letter* is one message on its way; a *wire* is one connection, as bytes and answers; a *talk* is what is
said over it; a *pool* keeps several, in a thread with an event loop of its own. Knows nothing of runs or the database.
"""
