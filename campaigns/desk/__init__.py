"""Staff pages over several domains: the desk, search, going live. No models, no actions."""
