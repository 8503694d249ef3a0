"""Staff pages of playbooks, a module for each subject."""
