"""The door: `python -m device` is `sleepsync`."""

from device.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
