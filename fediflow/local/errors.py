"""The error of everything that starts or stops processes on this machine."""

from kernel.errors import ErrorCode, FediflowError


class UnableToStart(FediflowError):
    """A server or process of this machine could not be started; the message is one sentence for its operator."""

    code = ErrorCode.UNAVAILABLE
