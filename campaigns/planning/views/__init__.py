"""Staff pages of planning: the calendar, campaigns, and the pause switch."""
