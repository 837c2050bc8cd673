"""SleepSync: a bedside device that keeps a family's agreement about the night and tells its stories."""

__version__ = "0.1.0"
