"""The web application of a running daemon."""

from fastapi import FastAPI
from fastapi.responses import JSONResponse

from tracker.daemon.service import Service
from tracker.web.health import health_of


def create_app(service: Service) -> FastAPI:
    """Return the application that answers for a service."""
    app = FastAPI(title="tracker", docs_url=None, redoc_url=None, openapi_url=None)
    started = service.runtime.clock.now()

    @app.get("/healthz")
    def healthz() -> JSONResponse:
        """Tell whether the daemon works; status 503 when somebody should look."""
        health = health_of(service, started)
        return JSONResponse(health.to_json(), health.http_status, headers={"Cache-Control": "no-store"})

    return app
