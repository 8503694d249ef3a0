"""The networks, one file each with the one interface of `port.py`; the literal list is `known.py`.

To add one: copy `slack.py`, say in `Takes` what the network takes, write its fake in `tests/social/fakes/`, add a line
to `known.py`. A network thinks in messages and payloads; it knows no database, no page and no schedule.
"""
