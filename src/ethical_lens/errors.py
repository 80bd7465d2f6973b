"""Every error that the package raises on purpose.

    EthicalLensError
    ├── ConfigurationError         a file, option or environment is wrong; fix it and start again
    │   ├── FileError              a file of settings is refused (carries the file and the line)
    │   │   ├── PolicyError        ... a policy
    │   │   └── ConfigFileError    ... a configuration of the whole lens
    │   └── MissingExtraError      an optional dependency is not installed (carries the install line)
    ├── InputError                 what the caller handed in cannot be used
    │   ├── PromptError            empty, too long, binary or otherwise unreadable text
    │   ├── ImageInputError        broken, oversized or unsupported image
    │   └── SteeringError          something that steers the picture and cannot be screened
    ├── ModelError                 a model file is missing, altered or used outside its domain
    │   ├── ModelIntegrityError    a file does not match the sha256 in its card
    │   └── DomainError            the model's card does not cover this input
    ├── GenerationError            a generator did not deliver a picture
    ├── DetectionError             a detector answered in a form that cannot be used
    ├── DeadlineError              a step did not end in time
    ├── remote.RemoteError         a server did not answer, or its answer cannot be used
    ├── chat.ChatError             a language model did not answer
    │   ├── chat.AnswerError       its answer is not what the schema asks for, even after one repair
    │   └── chat.BudgetError       its tokens or seconds are spent
    └── AuditError                 the audit log cannot be written, or does not verify

A message says what was expected, what came, and what to do.
"""

from __future__ import annotations


class EthicalLensError(Exception):
    """Root of every error raised on purpose."""


class ConfigurationError(EthicalLensError):
    """A file, option or environment variable is wrong."""


class FileError(ConfigurationError):
    """A file of settings is refused.

    Args:
        message: What was expected, what came, what to do.
        path: The file, if it came from one.
        line: Line in that file, counted from 1, if known.
    """

    def __init__(self, message: str, *, path: str | None = None, line: int | None = None) -> None:
        self.path = path
        self.line = line
        place = ":".join(str(part) for part in (path, line) if part is not None)
        super().__init__(f"{place}: {message}" if place else message)


class PolicyError(FileError):
    """A policy is refused."""


class ConfigFileError(FileError):
    """A configuration of the lens is refused."""


class MissingExtraError(ConfigurationError):
    """An optional dependency is not installed.

    Args:
        feature: What was asked for.
        extra: Name of the extra that brings it.
    """

    def __init__(self, feature: str, extra: str) -> None:
        self.extra = extra
        super().__init__(f'{feature} needs the extra "{extra}"; install it with: pip install "ethical-lens[{extra}]"')


class InputError(EthicalLensError):
    """What the caller handed in cannot be used."""


class PromptError(InputError):
    """A text is empty, too long, binary or otherwise unreadable."""


class ImageInputError(InputError):
    """An image is broken, oversized or of an unsupported kind."""


class SteeringError(InputError):
    """Something that can steer the picture cannot be screened, and the policy does not allow it."""


class ModelError(EthicalLensError):
    """A model cannot be used."""


class ModelIntegrityError(ModelError):
    """A model file is missing or does not match the sha256 in its card."""


class DomainError(ModelError):
    """The input lies outside the domain that the model's card states."""


class GenerationError(EthicalLensError):
    """A generator did not deliver a picture."""


class DetectionError(EthicalLensError):
    """A detector's answer cannot be used (wrong length, wrong type, score outside [0, 1])."""


class DeadlineError(EthicalLensError):
    """A step did not end in time and was abandoned."""


class AuditError(EthicalLensError):
    """The audit log cannot be written, or does not verify."""
