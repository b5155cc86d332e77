"""One script a table; each compares with a named peer in the same run."""
