"""The one error tree.

::

    TrustpathError
    ├── InputError          something we were given is wrong: names the place and the way out
    │   ├── UsageError      the command line lacks something
    │   ├── EstateError     the estate file
    │   ├── NameSyntaxError a domain name
    │   └── RuleError       a rule file or a vector file
    ├── SourceError         an outside system or file gave nothing usable
    ├── StoreError          the store could not do what was asked
    └── LimitError          input exceeds a stated bound

At the edge an error becomes a CLI message; nothing below the faces exits or prints.
"""

from __future__ import annotations


class TrustpathError(Exception):
    """Root of all errors that Trustpath raises on purpose.

    ``message`` says what is wrong, ``where`` names file, line, key or record, ``hint`` the way out.
    """

    def __init__(self, message: str, *, where: str = "", hint: str = "") -> None:
        self.message = message
        self.where = where
        self.hint = hint
        super().__init__(message)

    def __str__(self) -> str:
        text = f"{self.where}: {self.message}" if self.where else self.message
        return f"{text} ({self.hint})" if self.hint else text


class InputError(TrustpathError):
    """Something the caller gave is wrong."""


class UsageError(InputError):
    """The command line lacks something, which no single option is to blame for."""


class EstateError(InputError):
    """The estate file cannot be used as written."""


class NameSyntaxError(InputError):
    """A domain name that cannot be brought into canonical form."""


class RuleError(InputError):
    """A rule or vector file that does not follow the contract."""


class SourceError(TrustpathError):
    """A source, or a part of it, gave nothing usable."""


class StoreError(TrustpathError):
    """The store could not do what was asked."""


class LimitError(InputError):
    """Input exceeds a stated bound; nothing of it was used."""
