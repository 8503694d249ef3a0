"""What an installation begins with (organization, roles, lists, labelled sample content), and its step from practice to
real mail."""
