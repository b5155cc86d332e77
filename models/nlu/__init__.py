"""Training and evaluation of understanding: corpora, intent head, cards."""
