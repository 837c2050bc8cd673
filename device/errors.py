"""What can go wrong, as one small tree. Every message says what, where and what to do."""


class SleepSyncError(Exception):
    """Anything this project raises on purpose; its text is a sentence for a person."""


class UsageError(SleepSyncError):
    """A command that lacks a word, or has one too many."""


class SettingsError(SleepSyncError, ValueError):
    """A settings file that cannot be read or holds a wrong value."""


class StoryError(SleepSyncError, ValueError):
    """A story file that does not parse; the text names file, line and remedy."""


class VoiceError(SleepSyncError, RuntimeError):
    """A voice that is missing, damaged or failed to speak."""


class HearingError(SleepSyncError, RuntimeError):
    """A recogniser, microphone or sound file that cannot be used."""


class SoundError(SleepSyncError, RuntimeError):
    """A loudspeaker or sound file that cannot be played or written."""


class BoardError(SleepSyncError, RuntimeError):
    """A pin, lamp or motor that cannot be used."""


class JournalError(SleepSyncError, RuntimeError):
    """A journal that cannot be opened, read or written."""


class DeskError(SleepSyncError, RuntimeError):
    """The socket between page and core, or the page's port, cannot be used."""


class DownloadError(SleepSyncError, OSError):
    """A download that failed or did not match its checksum."""
