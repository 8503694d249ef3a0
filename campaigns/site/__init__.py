"""The public home, and the pages that explain us: what we keep, accessibility, the quick exit. Without tables."""
