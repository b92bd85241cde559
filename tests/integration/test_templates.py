"""The user's own templates: what they may say and see, and that no alert is lost to one that is broken."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select
from typer.testing import CliRunner

from tests.support.messages import HOSTILE, alert
from tests.world import URL, World, policy
from tracker.alerts.destinations import Channel
from tracker.alerts.message import digest_of
from tracker.alerts.notifier import MemoryNotifier
from tracker.alerts.render import Rendered, render
from tracker.alerts.render.templates import Templates, templates_in
from tracker.alerts.samples import samples
from tracker.alerts.sender import Sender, SendReport
from tracker.alerts.trying import try_templates
from tracker.cli.app import app
from tracker.clock import ManualClock
from tracker.daemon.engine.wiring import open_sender
from tracker.errors import SettingsError
from tracker.sources.model import Route
from tracker.store.database import Database
from tracker.store.schema.tables import Event

ROUTE = Route("team", ("mailto://smtp.example:25?from=tracker@acme.example&to=officer@acme.example",))
SOLD = policy(p3="We may sell your personal information to advertisers and data brokers.")


def own(folder: Path, **files: str) -> Templates:
    for name, text in files.items():
        (folder / {"mail": "mail.html.jinja"}.get(name, f"{name}.jinja")).write_text(text, encoding="utf-8")
    return Templates(folder)


def mail(templates: Templates, **values: object) -> Rendered:
    return render(alert(**values), Channel.MAIL, "k", templates=templates)


def test_an_own_template_says_a_full_digest(tmp_path: Path) -> None:
    """One that only adds a footer to what comes along is not broken because there is much to say."""
    (clause,) = alert().clauses
    long = replace(clause, before="We keep what you told us. " * 12, after="Others buy it & use it. " * 12)
    changes = [alert(source_id=f"s{number}", pair=(str(number), ""), clauses=(long,) * 3) for number in range(200)]
    templates = own(tmp_path, mail='{% extends "tracker/mail.html.jinja" %}{% block footer %}Our footer{% endblock %}')
    shaped = render(digest_of("Daily digest", changes), Channel.MAIL, "k", templates=templates)
    assert len(shaped.body) > 500_000
    assert "Our footer" in shaped.text
    assert templates.troubles() == []


def test_own_templates_say_subject_mail_slack_and_text(tmp_path: Path) -> None:
    """Each replaces what comes along, the text of a mail follows its HTML, and webhooks stay as documented."""
    templates = own(
        tmp_path,
        subject="Policy news:\n {{ message.source_name }}",
        mail="<h1>{{ message.source_name }}</h1><p>{{ topics(message.topics) }}</p>",
        slack="{{ message.summary }}\n\nSecond section",
        text="{{ kind }} of {{ message.source_id }}",
    )
    shaped = mail(templates)
    assert shaped.subject == "Policy news: Acme Privacy Policy"
    assert shaped.body == "<h1>Acme Privacy Policy</h1><p>retention</p>"
    assert shaped.text == "Acme Privacy Policy\nretention\n"
    payload = render(alert(), Channel.SLACK, "k", templates=templates).payload
    assert payload is not None
    assert [block["text"]["text"] for block in payload["blocks"]] == [
        "Policy news: Acme Privacy Policy",
        "The period grew from 30 days to 13 months.",
        "Second section",
    ]
    assert render(alert(), Channel.OTHER, "k", templates=templates).body == "change of acme"
    hook = render(alert(), Channel.WEBHOOK, "k", templates=templates)
    assert hook == render(alert(), Channel.WEBHOOK, "k")


def test_an_own_template_may_change_a_part_of_what_comes_along(tmp_path: Path) -> None:
    """Header and footer of one's own around the shipped content; parts stand in files of their own."""
    own(
        tmp_path,
        mail='{% extends "tracker/mail.html.jinja" %}{% block header %}{% include "_head.jinja" %}{% endblock %}',
        _head="<p>Acme Legal</p>",
    )
    templates = Templates(tmp_path)
    try_templates(templates)
    text = mail(templates).text
    assert text.startswith("Acme Legal\n")
    assert "We keep logs for {+13 months+}." in text


def test_what_was_fetched_is_escaped_in_own_html_and_is_no_template(tmp_path: Path) -> None:
    """A hostile name runs nowhere, however the template is written."""
    templates = own(tmp_path, mail="<p>{{ message.source_name }}</p>", slack="{{ message.source_name }}")
    shaped = mail(templates, source_name=HOSTILE)
    assert "<script" not in shaped.body
    assert "{{ 7*7 }}" in shaped.body
    payload = render(alert(source_name=HOSTILE), Channel.SLACK, "k", templates=templates).payload
    assert "<!channel>" not in str(payload)


@pytest.mark.parametrize(
    "text",
    [
        "{{ message.__class__.__mro__ }}",
        "{{ moment.__globals__ }}",
        "{{ topics.__globals__['__builtins__'] }}",
        "{{ ''.__class__.__base__.__subclasses__() }}",
        "{{ '{0.__class__.__init__.__globals__}'.format(message) }}",
        "{{ cycler.__init__.__globals__.os.environ }}",
        "{{ self._TemplateReference__context }}",
        "{{ settings.database_url }}",
        "{{ message.clauses.append(1) }}",
        "{{ directions.clear() }}",
        "{% include '../secret.jinja' %}",
        "{% include '/etc/hostname' %}",
        "{% import 'tracker/../model.py' as m %}",
        "{% for a in range(10**9) %}x{% endfor %}",
        "{% for a in range(99999) %}{% for b in range(99999) %}xxxxxxxxxxx{% endfor %}{% endfor %}",
    ],
)
def test_a_template_reaches_nothing_but_the_message(tmp_path: Path, text: str) -> None:
    """Code, environment, settings, other files and endless output are refused, and the shipped template steps in."""
    (tmp_path / "secret.jinja").write_text("s3cret", encoding="utf-8")
    folder = tmp_path / "templates"
    folder.mkdir()
    templates = own(folder, mail=text)
    with pytest.raises(SettingsError, match=r"mail\.html\.jinja"):
        try_templates(templates)
    shaped = mail(templates)
    assert shaped.body == mail(Templates()).body


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("line one\n{% if %}\n", "mail.html.jinja:2: "),
        ("a\nb\n{{ mesage.summary }}", "mail.html.jinja:3: 'mesage' is undefined"),
        ("a\n{{ 1 / 0 }}", "mail.html.jinja:2: division by zero"),
        ("{% include 'gone.jinja' %}", "gone.jinja"),
        ("   \n", "mail.html.jinja: says nothing"),
        (
            "{% extends 'tracker/mail.html.jinja' %}{% block content %}\n{{ nothing }}{% endblock %}",
            "jinja:2: 'nothing'",
        ),
        ("{% if kind == 'digest' %}\n{{ message.summary }}{% endif %}x", "in a message of kind digest"),
    ],
)
def test_a_broken_template_is_named_with_file_and_line_at_the_start(tmp_path: Path, text: str, told: str) -> None:
    """Mistakes of form and names that are not there, in every kind of message."""
    with pytest.raises(SettingsError) as caught:
        try_templates(own(tmp_path, mail=text))
    assert told in str(caught.value)
    assert str(tmp_path) in str(caught.value)


def test_a_folder_that_is_missing_or_holds_strangers_is_a_mistake(tmp_path: Path) -> None:
    """A misspelt name would be a template that never speaks."""
    with pytest.raises(SettingsError, match="is no folder"):
        try_templates(Templates(tmp_path / "gone"))
    (tmp_path / "mail.jinja").write_text("x", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"mail\.jinja: is no template; there are subject\.jinja"):
        try_templates(Templates(tmp_path))


def test_a_file_in_another_encoding_is_named(tmp_path: Path) -> None:
    """Bytes that are no UTF-8 are a mistake of the file, not of the program."""
    (tmp_path / "text.jinja").write_bytes(b"caf\xe9")
    with pytest.raises(SettingsError, match=r"text\.jinja"):
        try_templates(Templates(tmp_path))


def test_no_alert_is_lost_to_a_template_that_breaks_later(
    database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    """The shipped one says it, once; the operator learns file and line once; mended, it is used without a restart."""
    path = tmp_path / "mail.html.jinja"
    path.write_text("<p>ours</p>", encoding="utf-8")
    world = World.build(database, clock, routes=(ROUTE,), templates=tmp_path)
    open_sender(world.runtime)
    notifier = MemoryNotifier()
    sender = Sender(database, notifier, world.runtime.settings, clock)
    world.fetcher.serve(URL, policy())
    world.check()
    path.write_text("\n{{ broken", encoding="utf-8")
    for text in (SOLD, policy(p4="We share your email address with third parties.")):
        world.fetcher.serve(URL, text)
        world.check(at_once=True)
        assert sender.send_due(world.runtime.routes) == SendReport(sent=1)
    assert "sell" in notifier.sent[0].message.text
    with database.read() as session:
        (event,) = session.exec(select(Event).where(Event.kind == "template_broken"))
    assert f"{path}:2: " in event.detail
    with pytest.raises(SettingsError):
        open_sender(world.runtime)
    path.write_text("<p>ours again</p>", encoding="utf-8")
    clock.advance(timedelta(seconds=1))
    world.fetcher.serve(URL, policy(p5="We keep server logs for ever."))
    world.check(at_once=True)
    sender.send_due(world.runtime.routes)
    assert notifier.sent[-1].message.text == "ours again\n"


def test_preview_shows_each_kind_in_each_channel_and_sends_nothing(tmp_path: Path) -> None:
    """Invented messages, by own templates; a broken one ends with status 2 and its place."""
    runner = CliRunner()
    for channel in Channel:
        for kind in samples():
            done = runner.invoke(app, ["alerts", "preview", "--channel", channel.value, "--kind", kind])
            assert done.exit_code == 0, done.output
            assert done.output.strip()
    file = tmp_path / "mail.html"
    assert runner.invoke(app, ["alerts", "preview", "--out", str(file)]).exit_code == 0
    assert file.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    folder = tmp_path / "templates"
    folder.mkdir()
    (folder / "subject.jinja").write_text("{{ oops }}", encoding="utf-8")
    done = runner.invoke(app, ["alerts", "preview"], env={"TRACKER_TEMPLATES": str(folder)})
    assert isinstance(done.exception, SettingsError)
    assert "subject.jinja:1: 'oops' is undefined" in str(done.exception)


def test_preview_shows_a_stored_change(database: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message of a change as it stands in the store; one that is not there is named."""
    world = World.build(database, clock)
    for text in (policy(), SOLD):
        world.fetcher.serve(URL, text)
        world.check(at_once=True)
    (change,) = world.changes()
    monkeypatch.setenv("TRACKER_DATABASE_URL", database.url.render_as_string(hide_password=False))
    done = CliRunner().invoke(app, ["alerts", "preview", change.id])
    assert done.exit_code == 0, done.output
    assert "Acme Privacy Policy" in done.output
    assert CliRunner().invoke(app, ["alerts", "preview", "nothing"]).exit_code == 1


def test_templates_of_a_folder_are_read_once() -> None:
    """Senders of one process share them, with what they found broken."""
    assert templates_in(None) is templates_in(None)
