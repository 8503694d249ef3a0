"""Staff pages of newsletters: the list, the editor, approval, launch, and what became of it."""
