"""The trained weights; see ``card.md``."""
