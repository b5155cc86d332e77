"""kefu: the client of the kefu voice agent."""
