"""The audio of calls: written beside the line, found again, deleted."""
