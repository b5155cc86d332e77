"""The business systems that a dialogue may ask, behind one call."""
