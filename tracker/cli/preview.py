"""`tracker alerts preview`: a message as a destination would get it, without sending it."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tracker.cli.output import AsJson, print_json, printable
from tracker.errors import UsageError, unwritable

if TYPE_CHECKING:
    from tracker.alerts.message import Message
    from tracker.settings import Settings


class ChannelName(StrEnum):
    """What kind of message is shown."""

    MAIL = "mail"
    SLACK = "slack"
    WEBHOOK = "webhook"
    OTHER = "other"


class KindName(StrEnum):
    """What the invented message tells of."""

    CHANGE = "change"
    NOTICE = "notice"
    DIGEST = "digest"
    TEST = "test"
    CONFIRM = "confirm"


def preview(
    change: Annotated[
        str | None, typer.Argument(metavar="[CHANGE]", help="A stored change; by default an invented message.")
    ] = None,
    channel: Annotated[ChannelName, typer.Option(help="How it is shaped.")] = ChannelName.MAIL,
    kind: Annotated[KindName, typer.Option(help="Of the invented message.")] = KindName.CHANGE,
    out: Annotated[
        Path | None, typer.Option(help="Write it to a file: a mail as HTML, Slack and webhooks as JSON.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what a message looks like, by your own templates where you have some; nothing is sent."""
    import json

    from tracker.alerts.destinations import Channel
    from tracker.alerts.render import render
    from tracker.alerts.render.templates import Templates
    from tracker.alerts.samples import samples
    from tracker.alerts.trying import UNSUBSCRIBE
    from tracker.logs import set_up_logs
    from tracker.settings import load_settings

    settings = load_settings()
    set_up_logs(settings, command=True)
    message = samples(settings.time_zone)[kind.value] if change is None else _stored(settings, change)
    templates = Templates(settings.templates, strict=True)
    unsubscribe = UNSUBSCRIBE if settings.subscription_mail is not None else ""
    found = render(
        message, Channel(channel.value), "0" * 32, route="preview", unsubscribe=unsubscribe, templates=templates
    )
    told = {"channel": channel.value, "subject": found.subject, "body": found.body, "text": found.text}
    if out is not None:
        whole = found.body if found.payload is None else json.dumps(found.payload, indent=2, ensure_ascii=False)
        try:
            out.write_text(whole.rstrip("\n") + "\n", encoding="utf-8")
        except OSError as error:
            raise unwritable(out, error) from None
        typer.echo(f"Written to {out}.")
    elif as_json:
        print_json(told | {"payload": found.payload})
    elif found.payload is not None:
        typer.echo(json.dumps(found.payload, indent=2, ensure_ascii=True))
    else:
        typer.echo(f"Subject: {printable(found.subject)}\n")
        for line in (found.text or found.body).splitlines():
            typer.echo(printable(line))


def _stored(settings: "Settings", ident: str) -> "Message":
    from contextlib import closing

    from tracker.alerts.message import alert_message
    from tracker.store.schema.tables import Change
    from tracker.store.upkeep.upgrade import open_store

    with closing(open_store(settings)) as database, database.read() as session:
        found = session.get(Change, ident)
        if found is None:
            raise UsageError(f"no change {ident!r}; `tracker changes` shows the ids")
        return alert_message(session, found, settings)
