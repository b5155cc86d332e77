"""The gateway: the line, the call table, the clock, and both sockets."""
