"""The deliverability doctor: whether the world will believe that our mail is ours, in plain words with what to do.

Words: a *topic* is what is looked at (SPF, DKIM, ...), a *finding* is one sentence about it with its level, a *checkup*
is all findings about one sender's domain and one relay, a *self-test* is a real message whose received copy is read.
`rounds` is the visit, and knows the database by `queries` and `actions`; what it calls thinks or asks the outside, each
look-up through `names.Names`, so that a DNS server of a test can answer. `gate` keeps large mailings back.
"""
