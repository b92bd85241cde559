"""What every handler may ask for: the parts of the process, a session that reads, and where things are."""

from collections.abc import Iterator
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import Depends, Request
from pydantic import Field
from sqlmodel import Session

from tracker.daemon.engine.service import Service
from tracker.daemon.runtime import Runtime


def runtime_of(request: Request) -> Runtime:
    """Return the parts of this process."""
    runtime = request.app.state.runtime
    assert isinstance(runtime, Runtime)
    return runtime


def service_of(request: Request) -> Service | None:
    """Return the daemon that runs in this process; None where the pages are served beside it."""
    service = request.app.state.service
    assert service is None or isinstance(service, Service)
    return service


def read_session(runtime: Annotated[Runtime, Depends(runtime_of)]) -> Iterator[Session]:
    """Give a session that sees one state of the store for the whole request."""
    with runtime.database.read() as session:
        yield session


Parts = Annotated[Runtime, Depends(runtime_of)]
Daemon = Annotated[Service | None, Depends(service_of)]
Reading = Annotated[Session, Depends(read_session)]

#: Where the paths of what programs ask begin.
API = "/api/"

#: The number of a row, or a place in a list, as an address or a form gives it: one that every database can look for.
Number = Annotated[int, Field(ge=1, le=2**53)]


class Links:
    """Where each thing has its page; ids are quoted, whatever they hold."""

    @staticmethod
    def source(ident: str) -> str:
        """Return the page of a source."""
        return f"/sources/{quote(ident, safe='')}"

    @staticmethod
    def version(ident: str, number: int) -> str:
        """Return the page of a source's version."""
        return f"/sources/{quote(ident, safe='')}/versions/{number}"

    @staticmethod
    def diff(ident: str, before: str | int, after: str | int) -> str:
        """Return the page that compares two versions of a source; a number, a date or `latest` names one."""
        return f"/sources/{quote(ident, safe='')}/diff?{urlencode({'from': before, 'to': after})}"

    @staticmethod
    def change(ident: str) -> str:
        """Return the page of a change; alerts and feeds carry it, so it never moves."""
        return f"/changes/{quote(ident, safe='')}"

    @staticmethod
    def clause(source: str, clause_id: int) -> str:
        """Return the page of a clause of a source, with every wording it had."""
        return f"/sources/{quote(source, safe='')}/clauses/{clause_id}"

    @staticmethod
    def query(path: str, **values: str | int | None) -> str:
        """Return a path with those parameters that have a value."""
        told = {name: value for name, value in values.items() if value not in (None, "")}
        return f"{path}?{urlencode(told)}" if told else path
