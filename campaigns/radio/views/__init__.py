"""Staff pages of radio, a module for each subject."""
