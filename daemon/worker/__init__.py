"""The worker: one process that serves one release, engines and conversation."""
