"""The pages on the way from practice to real mail, and those that look after it."""
