"""What a benchmark may not miss: each limit is printed beside the figure, a missed one fails the run."""

from __future__ import annotations


class Limits:
    """The limits of one run. As a context manager it exits with status 1 where one was missed."""

    def __init__(self) -> None:
        self.missed: list[str] = []

    def at_most(self, what: str, value: float, limit: float) -> str:
        """Check an upper limit; return the words to print beside the figure."""
        if value > limit:
            self.missed.append(f"{what}: {value:,.4g}, more than {limit:,g}")
        return f"(at most {limit:,g})"

    def at_least(self, what: str, value: float, limit: float) -> str:
        """Check a lower limit; return the words to print beside the figure."""
        if value < limit:
            self.missed.append(f"{what}: {value:,.4g}, less than {limit:,g}")
        return f"(at least {limit:,g})"

    def equal(self, what: str, same: bool) -> str:
        """Check that both sides gave the same; return the words to print."""
        if not same:
            self.missed.append(f"{what} differ")
        return str(same)

    def __enter__(self) -> Limits:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_rest: object) -> None:
        if kind is None and self.missed:
            raise SystemExit("\n".join(f"missed: {one}" for one in self.missed))
