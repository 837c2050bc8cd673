"""The parents' page, in its own process."""
