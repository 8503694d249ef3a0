"""Settings pages about mail: senders, the mail server, the sandbox."""
