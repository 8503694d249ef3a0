"""What an installation begins with: organization, roles, lists, and labelled sample content that can be removed."""
