"""What runs: weights in, answers out. No sockets, no clocks, no database."""
