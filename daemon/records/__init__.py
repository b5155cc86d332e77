"""Turn records: the database, its writer, its readers."""
