"""Playbooks: one episode becomes drafts in every channel, each at its distance from the broadcast.

Words: a *playbook* is a show's list of *lines* ("a day before, an alert by mail"); an *announcement* is the draft that
a line made for one broadcast, in the channel's own domain; a *letter* is mail to a station or its news desk; a *pack*
is everything that was made from one episode.

Stands above newsletters, posts and radio, and writes there through their adders. Approves and sends nothing by itself:
each draft goes the way of its channel.
"""
