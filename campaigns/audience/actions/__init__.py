"""The writes of the audience, a file per subject; one action is one transaction."""
