"""The error family. A message says what, where and how to mend, with got and allowed.

LipmotionError
├── ConfigError         a file that people write is wrong (file, line, key)
├── MediaError          a sound or video cannot be read or written
├── BundleError         learned weights do not fit this program, face or rate
├── RecordingError      a mirror recording or watched folder is damaged or of another kind
├── RivalError          another program that is judged beside ours cannot be installed or fails
├── StreamError         a step was used against its contract (a block after flush, …)
├── MissingExtraError   an optional package is not installed; names the extra
└── FaceError           a face refuses a command or cannot be opened
    └── ServoError      a servo or its bus fails
"""


class LipmotionError(Exception):
    """Base of all errors that a user can mend; the CLI prints it as one line."""


class ConfigError(LipmotionError):
    """A configuration file is wrong; the message names file, line and key."""


class MediaError(LipmotionError):
    """A sound or video file cannot be read or written."""


class BundleError(LipmotionError):
    """A bundle of learned weights is damaged or made for something else."""


class RecordingError(LipmotionError):
    """A recording on disk is damaged or of another kind."""


class RivalError(LipmotionError):
    """Another program that is judged beside ours cannot be installed, or fails."""


class StreamError(LipmotionError):
    """A streaming step was used against its contract."""


class MissingExtraError(LipmotionError):
    """An optional package is missing.

    Args:
        package: the import that failed, e.g. ``torch``.
        extra: the extra of lipmotion that installs it, e.g. ``learn``.
    """

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(
            f"{package} is not installed; it comes with the extra {extra}: in the project's "
            f"folder, .venv/bin/pip install -e '.[{extra}]'"
        )
        self.package = package
        self.extra = extra


class FaceError(LipmotionError):
    """A face refuses a command or cannot be opened."""


class ServoError(FaceError):
    """A servo or its bus fails; the message names port and motor."""
