"""The catalogue: for each profile, which weights it is made of and which packages carry them."""
