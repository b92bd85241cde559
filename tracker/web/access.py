"""Who is asking, and what they may do."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Annotated

from fastapi import Depends, HTTPException, Request


class Role(IntEnum):
    """What somebody may do; a higher one may do what a lower one may."""

    READER = 1
    REVIEWER = 2
    ADMIN = 3


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is asking."""

    name: str
    role: Role
    via: str  #: open, session, proxy or token


def principal_of(request: Request) -> Principal | None:
    """Return who is asking; None where nobody said so and reading needs it."""
    del request
    return Principal("local", Role.ADMIN, "open")


Asking = Annotated[Principal | None, Depends(principal_of)]


def require(principal: Principal | None, role: Role) -> Principal:
    """Return who is asking if they may do what needs a role.

    Raises:
        HTTPException: 401 where nobody said who they are, 403 where they may not.

    """
    if principal is None:
        raise HTTPException(401, "log in, or send a token")
    if principal.role < role:
        raise HTTPException(403, f"this needs the role {role.name.lower()}; you are {principal.role.name.lower()}")
    return principal


def reader(principal: Asking) -> Principal:
    """Let pass who may read; a dependency of every router that shows anything."""
    return require(principal, Role.READER)


def reviewer(principal: Asking) -> Principal:
    """Let pass who may review."""
    return require(principal, Role.REVIEWER)


def admin(principal: Asking) -> Principal:
    """Let pass who may do everything."""
    return require(principal, Role.ADMIN)


#: What a handler takes that needs to know who is asking, and that they may.
Reader = Annotated[Principal, Depends(reader)]
Reviewer = Annotated[Principal, Depends(reviewer)]
Admin = Annotated[Principal, Depends(admin)]
