"""The home of the staff, and the search over everything: pages over several domains, without tables or writes."""
