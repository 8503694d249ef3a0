"""Forms of radio, by subject: text from people becomes values, or a sentence beside the field."""
