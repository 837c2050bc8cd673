"""SleepSync: a bedside device that keeps a family's agreement about the night and tells its stories."""

import os

__version__ = "0.1.0"

os.environ["ORT_DISABLE_TELEMETRY"] = "1"
"""onnxruntime (1.32) would keep a name for this device in ~/.cache/Microsoft, and report to its maker. It heeds this
where it is set before any library imports it.
"""
