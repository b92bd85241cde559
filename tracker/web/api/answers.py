"""What all operations share: parameters, pages of lists, conditional answers, documented problems."""

import hashlib
from collections.abc import Callable, Coroutine, Mapping
from enum import Enum
from typing import Annotated, Any, Generic, TypeVar, get_origin
from urllib.parse import urlencode

from fastapi import HTTPException, Path, Query, Request, Response, params
from fastapi.dependencies.utils import get_flat_params
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

from tracker.errors import UsageError
from tracker.history.stats import UTC_ZONE
from tracker.history.steps import read_moment
from tracker.store.history.paging import LONGEST_CURSOR

Item = TypeVar("Item")

#: Visible characters; no control characters, which no id of ours has.
VISIBLE = r"^[^\x00-\x1f\x7f]+$"


#: Headers of a request that decide what is answered, or whether anything is.
VARIES = ("Accept", "Accept-Encoding", "Authorization", "Cookie")


def _is_moment(text: str) -> str:
    try:
        read_moment(text, UTC_ZONE)
    except UsageError as error:
        raise ValueError(str(error)) from None
    return text


SourceId = Annotated[
    str, Path(max_length=200, pattern=VISIBLE, description="Id of a source.", examples=["acme-privacy"])
]
ChangeId = Annotated[
    str, Path(max_length=64, pattern=VISIBLE, description="Id of a change, whole.", examples=["4f1c09ab22de"])
]
VersionName = Annotated[
    str,
    Path(
        max_length=40,
        pattern=VISIBLE,
        description="Number of a version, `latest`, `previous`, or a date: what stood at the end of that day.",
        examples=["3"],
    ),
]
ClauseId = Annotated[int, Path(ge=1, le=2**53, description="Id of a clause.", examples=[17])]

#: A date or date-time of a question.
Moment = Annotated[
    str,
    AfterValidator(_is_moment),
    WithJsonSchema({"anyOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}]}),
]
Since = Annotated[Moment | None, Query(description="Then or later; a date means its first moment.")]
Until = Annotated[Moment | None, Query(description="Then or earlier; a date means its last moment.")]
OfSource = Annotated[str | None, Query(max_length=200, pattern=VISIBLE, description="Only of the source of this id.")]
Tags = Annotated[
    list[Annotated[str, Field(max_length=200, pattern=VISIBLE)]],
    Query(max_length=20, description="Only of sources with this tag; any of several."),
]
Limit = Annotated[int, Query(ge=1, le=200, description="Items of a page at most.")]
Cursor = Annotated[
    str | None,
    Query(
        min_length=1,
        max_length=LONGEST_CURSOR,
        pattern="^[A-Za-z0-9_-]+$",
        description="Where to go on: from the `next` link of the page before. It means nothing in itself.",
    ),
]


class Told(BaseModel):
    """Something that is read off an object of the store."""

    model_config = ConfigDict(from_attributes=True, populate_by_name=True)


class Given(BaseModel):
    """A body that is sent; a misspelt field is refused, since what it was to say would be lost."""

    model_config = ConfigDict(extra="forbid")


class Listed(BaseModel, Generic[Item]):
    """A page of a list."""

    items: list[Item] = Field(description="In the order of the list.")
    next: str | None = Field(
        description="Address of the page that follows; null on the last one. The `Link` header has it too.",
        examples=["/api/v1/changes?limit=50&cursor=w7Yh"],
    )


class Problem(BaseModel):
    """What went wrong (RFC 9457)."""

    type: str = Field(description="Always `about:blank`: the status says what kind it is.", examples=["about:blank"])
    title: str = Field(description="Name of the status.", examples=["Not Found"])
    status: int = Field(description="HTTP status.", examples=[404])
    detail: str = Field(description="What to do about it, for people.", examples=["no source 'acme'"])
    errors: list[dict[str, str]] | None = Field(
        default=None, description="Each mistake of a request that could not be read: field and message."
    )


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the documentation of answers that tell of a problem."""
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": _WHEN[status], "content": content} for status in statuses}


_WHEN = {
    400: "What was asked for cannot be done as asked.",
    401: "Nobody said who is asking.",
    403: "Whoever asks may not do this.",
    404: "There is no such thing.",
    406: "It cannot be told in any of the forms asked for.",
    409: "It cannot be done as things stand.",
    410: "It was removed by a retention rule.",
    413: "The request is too large.",
    415: "The body is not JSON.",
    422: "The request cannot be read: the body says which fields.",
    429: "Too many at once: ask again after `Retry-After` seconds.",
    503: "The store cannot be read now.",
}

#: What may be said to any reader, and to whoever writes.
READING = problems(400, 401, 403, 404, 422, 503) | {304: {"description": "Still what `If-None-Match` names."}}
WRITING = problems(400, 401, 403, 404, 413, 415, 422, 503)


class ApiRoute(APIRoute):
    """A route that knows its parameters and answers conditionally."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler."""
        handle = super().get_route_handler()
        fields = get_flat_params(self.dependant)
        asked = [field for field in fields if isinstance(field.field_info, params.Query)]
        known = {field.alias: get_origin(field.field_info.annotation) is list for field in asked}

        async def answer(request: Request) -> Response:
            refuse_unknown(request, known)
            if self.body_field is not None:
                refuse_form(request)
            return conditional(request, await handle(request))

        return answer


def refuse_unknown(request: Request, known: Mapping[str, bool]) -> None:
    """Refuse parameters that are none of an operation's: a misspelt filter must not tell of everything.

    Nor does one that takes a single value tell of the last of several as if that were all that was asked for.

    Args:
        request: with the parameters.
        known: those of the operation, and whether each may be given again.

    Raises:
        RequestValidationError: there are some.

    """
    given = [name for name, _ in request.query_params.multi_items()]
    wrong = [("no such parameter", name) for name in sorted(set(given) - set(known))]
    again = sorted(name for name in set(given) & set(known) if not known[name] and given.count(name) > 1)
    wrong += [("may be given once only", name) for name in again]
    if wrong:
        raise RequestValidationError([{"loc": ("query", name), "msg": told} for told, name in wrong])


def refuse_form(request: Request) -> None:
    """Refuse a body that does not say it is JSON.

    Raises:
        HTTPException: 415.

    """
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/json":
        raise HTTPException(415, "send the body as application/json")


def conditional(request: Request, response: Response) -> Response:
    """Return an answer with the hash of its content as entity tag, or 304 where the asker has that content."""
    if request.method not in {"GET", "HEAD"} or response.status_code != 200 or not hasattr(response, "body"):
        return response
    tag = f'"{hashlib.sha256(bytes(response.body)).hexdigest()[:32]}"'
    # Weak: compressed on the way or not, it is the same content.
    response.headers["ETag"] = f"W/{tag}"
    for name in VARIES:
        response.headers.add_vary_header(name)
    asked = {part.strip().removeprefix("W/") for part in request.headers.get("if-none-match", "").split(",")}
    if tag in asked or "*" in asked:
        names = ("etag", "link", "last-modified", "vary")
        kept = {name: response.headers[name] for name in names if name in response.headers}
        return Response(status_code=304, headers=kept)
    return response


def next_link(request: Request, response: Response, cursor: str | None) -> str | None:
    """Return the address of the page that follows, and put it into the `Link` header; None on the last page."""
    if cursor is None:
        return None
    told = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    address = f"{request.url.path}?{urlencode([*told, ('cursor', cursor)])}"
    response.headers["Link"] = f'<{address}>; rel="next"'
    return address


FormT = TypeVar("FormT", bound=Enum)


def form_wanted(request: Request, asked: FormT | None, offered: dict[FormT, str]) -> FormT:
    """Return in which form to answer: the one asked for by name, else the one that `Accept` likes best.

    Raises:
        HTTPException: 406 where it likes none.

    """
    if asked is not None:
        return asked
    best = max(offered, key=lambda form: _liking(request.headers.get("accept", "*/*"), offered[form]))
    if _liking(request.headers.get("accept", "*/*"), offered[best]) == 0:
        raise HTTPException(406, f"this can be told as {', '.join(offered.values())}")
    return best


def _liking(accept: str, media: str) -> float:
    """Return how much a header likes a media type, from 0 to 1; what names it best decides."""
    found = (-1, 0.0)
    for part in accept.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        fits = {media: 2, f"{media.partition('/')[0]}/*": 1, "*/*": 0}.get(name)
        if fits is not None and fits > found[0]:
            told = next((value[2:] for value in parameters if value.startswith("q=")), "1")
            found = fits, float(told) if told.replace(".", "", 1).isdecimal() else 0.0
    return min(found[1], 1.0)
