"""What reading a foreign document raises, and nothing else."""

from kernel.errors import ErrorCode, FediflowError


class Unreadable(FediflowError):
    """A document that a server sent cannot be used: `why`, and `where` in it as a JSON path (`$.object.id`)."""

    code = ErrorCode.BAD_REQUEST

    def __init__(self, why: str, where: str = "$") -> None:
        super().__init__(f"{where}: {why}", path=where)
        self.why = why
        self.where = where
