"""The pretend bedroom: a clock one can push, acts that take the time the real ones would, a child who answers."""
