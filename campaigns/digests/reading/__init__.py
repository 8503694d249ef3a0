"""Reading feeds: bytes become entries or a sentence. It knows no database and no pages; a worker process runs it."""
