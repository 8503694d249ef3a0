"""Writes of newsletters, by subject; each function here is one transaction unless its docstring says otherwise."""

from campaigns.newsletters.actions.after import follow_up, leave, record_report, retry, send_again
from campaigns.newsletters.actions.approving import approve, ask_for_changes, submit, take_back
from campaigns.newsletters.actions.keeping import bin, file_under, purge_bin, restore, set_archive
from campaigns.newsletters.actions.launching import launch_due
from campaigns.newsletters.actions.pictures import add_image
from campaigns.newsletters.actions.sending import cancel, pause, resume, send, send_rest, stop
from campaigns.newsletters.actions.testing import send_test
from campaigns.newsletters.actions.writing import create, create_from, duplicate, redo, save, undo

__all__ = [
    "add_image",
    "approve",
    "ask_for_changes",
    "bin",
    "cancel",
    "create",
    "create_from",
    "duplicate",
    "file_under",
    "follow_up",
    "launch_due",
    "leave",
    "pause",
    "purge_bin",
    "record_report",
    "redo",
    "restore",
    "resume",
    "retry",
    "save",
    "send",
    "send_again",
    "send_rest",
    "send_test",
    "set_archive",
    "stop",
    "submit",
    "take_back",
    "undo",
]
