"""Tries the user's own templates on invented messages, so that a broken one is known before an alert needs it."""

from tracker.alerts.render.mail import subject_of, values_of
from tracker.alerts.render.templates import NAMES, BrokenTemplateError, Templates
from tracker.alerts.samples import samples
from tracker.errors import SettingsError

UNSUBSCRIBE = "https://tracker.example/subscriptions/end/1-sample"


def try_templates(templates: Templates) -> None:
    """Let each own template say each kind of message.

    Raises:
        SettingsError: the folder is missing or a template is broken; the message names each, with file and line.

    """
    problems = dict.fromkeys(templates.strangers())
    for name in NAMES:
        if not templates.has(name):
            continue
        for kind, message in samples().items():
            try:
                templates.own(name, values_of(message, subject_of(message), UNSUBSCRIBE))
            except BrokenTemplateError as error:
                # The first kind that breaks tells enough of a mistake that all share.
                problems.setdefault(f"{error} (in a message of kind {kind})")
                break
    if problems:
        raise SettingsError("templates: " + "\n".join(problems))
