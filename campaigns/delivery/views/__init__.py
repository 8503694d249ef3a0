"""Settings pages about mail: senders, the mail server, going live, the sandbox."""
