"""What an installation begins with (organization, roles, lists, labeled sample content), and its step from practice to
real mail."""
