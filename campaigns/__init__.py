"""H.E.A.T. Watch Outreach: the domains of the program, each a folder that uses the same file names."""
