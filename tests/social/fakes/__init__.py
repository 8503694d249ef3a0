"""The networks of the tests: small real servers that keep to the documented rules, and misbehave when told to."""
