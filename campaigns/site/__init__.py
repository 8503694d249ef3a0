"""Public pages over several domains: home, leaving quickly, health. No models, no actions."""
