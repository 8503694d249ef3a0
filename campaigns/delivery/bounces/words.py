"""What each kind of bounce is called on pages, and what it means for the person."""

from campaigns.delivery.bounces.models import BounceKind

WORDS = {
    BounceKind.ADDRESS: ("No such address", "We write to it no more, once that is sure."),
    BounceKind.MAILBOX: ("Mailbox full or closed", "We go on for a month before we give up."),
    BounceKind.TEMPORARY: ("Could not be reached", "We go on for a month before we give up."),
    BounceKind.POLICY: ("Refused because of our side", "It counts against no subscriber."),
    BounceKind.UNKNOWN: ("Came back, no reason given", "It counts as not reached."),
    BounceKind.COMPLAINT: ("Reported as spam", "They are off every list at once."),
}
