"""The mail sandbox: a real SMTP server that delivers nothing, keeps each message as a file, and misbehaves on demand.

`session.py` speaks SMTP, `wire.py` reads its lines, `script.py` says how a test bends it, `server.py` runs it,
`store.py` finds and reads what arrived. It uses no part of the application's database.
"""
