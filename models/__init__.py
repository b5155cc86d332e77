"""What is learnt, off the call path: networks, data, training, evaluation, catalogue."""
