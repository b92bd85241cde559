"""What goes wrong, told to people as a page and to programs as problem details (RFC 9457)."""

from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from tracker.errors import TrackerError, UnknownChangeError, UnknownSourceError, UnknownVersionError, UsageError
from tracker.store.trouble import store_trouble
from tracker.web.parts import API, Links
from tracker.web.rendering import render


def install(app: FastAPI) -> None:
    """Let every error of the tracker's own, of the framework and of the store end as a clear answer."""

    @app.exception_handler(TrackerError)
    def told(request: Request, error: TrackerError) -> Response:
        return problem(request, _status(error), str(error))

    @app.exception_handler(HTTPException)
    def refused(request: Request, error: HTTPException) -> Response:
        if error.status_code == HTTPStatus.UNAUTHORIZED and not request.url.path.startswith(
            (API, "/feeds/", "/metrics")
        ):
            asked = request.url.path if request.method == "GET" else "/"
            return RedirectResponse(Links.query("/login", next=asked), 303)
        return problem(request, error.status_code, str(error.detail), headers=dict(error.headers or {}))

    @app.exception_handler(RequestValidationError)
    def unreadable(request: Request, error: RequestValidationError) -> Response:
        mistakes = [{"field": ".".join(map(str, found["loc"])), "message": found["msg"]} for found in error.errors()]
        told = "; ".join(f"{found['field']}: {found['message']}" for found in mistakes)
        return problem(request, 422, told, errors=mistakes)

    @app.exception_handler(Exception)
    def unforeseen(request: Request, error: Exception) -> Response:
        trouble = store_trouble(error)
        return problem(request, 503 if trouble else 500, str(trouble) if trouble else "something went wrong here")


def problem(
    request: Request, status: int, detail: str, *, headers: dict[str, str] | None = None, **more: object
) -> Response:
    """Return the answer that tells of a problem, in the form the asker reads."""
    title = HTTPStatus(status).phrase
    if request.url.path.startswith(API):
        body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
        return JSONResponse(body, status, headers, media_type="application/problem+json")
    answer = render(request, "problem.html", status=status, title=title, detail=detail)
    answer.headers.update(headers or {})
    return answer


def _status(error: TrackerError) -> int:
    if isinstance(error, UnknownSourceError | UnknownVersionError | UnknownChangeError):
        return 404
    return 400 if isinstance(error, UsageError) else 500
