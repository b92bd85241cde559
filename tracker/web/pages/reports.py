"""Reports to hand on: the audit of a source, a tag or an organisation over a span of time."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse

from tracker.export.audit import csv_lines
from tracker.history.audit import GAP_DAYS, AuditReport, audit, chosen_sources, span_of
from tracker.store.history.sources import all_sources
from tracker.store.people.audit import organisations
from tracker.web.parts import Parts, Reading
from tracker.web.rendering import render, render_stream, templates

router = APIRouter()

Text = Annotated[str, Query(max_length=200)]


@router.get("/reports")
def show_reports(request: Request, session: Reading) -> HTMLResponse:
    """Show the form that asks for a report."""
    rows = all_sources(session)
    return render(
        request,
        "reports.html",
        sources=rows,
        tags=sorted({tag for row in rows for tag in row.tags}),
        organisations=organisations(session),
        gap=GAP_DAYS,
    )


@router.get("/reports/audit")
def show_audit(
    request: Request,
    parts: Parts,
    session: Reading,
    source: Text = "",
    tag: Text = "",
    organisation: Text = "",
    since: Annotated[str, Query(alias="from", max_length=40)] = "",
    until: Annotated[str, Query(alias="to", max_length=40)] = "",
    gap: Annotated[float, Query(ge=0, le=3_660, allow_inf_nan=False)] = GAP_DAYS,
    as_: Annotated[Literal["html", "csv"], Query(alias="format")] = "html",
) -> Response:
    """Show a report, or give it as a table."""
    title, rows = chosen_sources(session, source=source or None, tag=tag or None, organisation=organisation or None)
    now, zone = parts.clock.now(), parts.settings.zone
    start, end = span_of(since or None, until or None, now, zone)
    report = audit(session, title, rows, since=start, until=end, now=now, gap_days=gap)
    if as_ == "csv":
        headers = {"Content-Disposition": f'attachment; filename="audit-{report.until:%Y-%m-%d}.csv"'}
        return StreamingResponse(csv_lines(report), media_type="text/csv; charset=utf-8", headers=headers)
    table = str(request.url.include_query_params(format="csv"))
    return render_stream(request, "audit.html", report=report, table=table.partition(request.url.netloc)[2])


def report_file(report: AuditReport, zone: ZoneInfo) -> Iterator[str]:
    """Yield a report as a page of its own, to be kept or printed: nothing in it leads elsewhere or runs."""

    def shown(form: str) -> object:
        def tell(at: datetime) -> str:
            return at.astimezone(zone).strftime(form)

        return tell

    template = templates().get_template("audit_file.html")
    yield from template.generate(report=report, moment=shown("%Y-%m-%d %H:%M"), day=shown("%Y-%m-%d"), zone=str(zone))
