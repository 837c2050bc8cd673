"""What acts: telling, light, wearable, journal."""
