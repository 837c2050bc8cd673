"""The core: the night decides. Pure functions of what is and what happened."""
