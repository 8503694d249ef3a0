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
