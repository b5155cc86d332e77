"""Speech synthesis: a clause of a reply to sound."""
