"""The writes of delivery, a file per subject: the batches of runs, the outbox, senders and relay, going live."""
