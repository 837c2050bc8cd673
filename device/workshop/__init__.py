"""Slow work away from the child: voices, rendering, downloads."""
