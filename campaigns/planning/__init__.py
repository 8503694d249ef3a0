"""The calendar's one table of planned items, approvals, campaigns and the pause switch. Knows no channel by name."""
