"""How pages of news name things."""

CHANGES = {
    "pick": "Picked",
    "skip": "Skipped",
    "wait": "Put back",
    "write": "Note or summary changed",
    "merge": "Merged with another story",
    "split": "A source taken out",
    "let_speak": "Another source speaks for it",
}

# (word, drawing, tone) of an issue's state.
ISSUE_STATES = {
    "drafted": ("Being made", "draft", "info"),
    "handed": ("Waits for approval", "eye", "info"),
    "stuck": ("Needs a look", "alert", "caution"),
    "waiting": ("Waits for news", "clock", ""),
    "skipped": ("Skipped", "minus", ""),
    "sent": ("Sent", "tick", "good"),
    "dropped": ("Thrown away", "trash", ""),
}
