"""What a worker of a cluster answers: whether it works, and what it counts and times."""

from typing import Protocol

from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from tracker.metrics import REGISTRY
from tracker.web.requests import HeadAsGet


class Serves(Protocol):
    """A worker, as far as its health goes."""

    @property
    def serving(self) -> bool:
        """Return whether it can reach the queue and takes jobs."""
        ...

    @property
    def running(self) -> int:
        """Return how many jobs it does at the moment."""
        ...


def create_worker_app(worker: Serves) -> FastAPI:
    """Return an application with `/healthz` (status 503 while the worker cannot reach the queue) and `/metrics`."""
    app = FastAPI(title="tracker worker", docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/healthz", include_in_schema=False)
    def healthz() -> JSONResponse:
        """Tell whether the worker takes jobs, and how many it does."""
        told = {"status": "ok" if worker.serving else "degraded", "running": worker.running}
        return JSONResponse(told, 200 if worker.serving else 503, headers={"Cache-Control": "no-store"})

    @app.get("/metrics", include_in_schema=False)
    def metrics() -> Response:
        """Tell Prometheus of this process."""
        return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)

    app.add_middleware(HeadAsGet)
    return app
