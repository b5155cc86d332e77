"""Content-addressed weights: the store, the clients that fetch, and what they are asked for."""
