"""What stays up: gateway, worker, records, releases, and kefuctl."""
