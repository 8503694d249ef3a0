"""The fast way to hand over many messages: several connections at once, each message in one way there and back.

Words: a *letter* is one message on its way; a *wire* is one connection, as bytes and answers; a *talk* is what is
said over it, and a *stream* where whole messages are said one behind the other; a *pool* keeps several talks, in a
thread with an event loop of its own. Knows nothing of runs or the database.
"""
