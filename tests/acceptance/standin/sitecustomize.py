"""Leads Slack's hard-coded address to a server of the test; loaded by Python itself through PYTHONPATH."""

import os

if "SLACK_STANDIN" in os.environ:
    from apprise.plugins.slack import NotifySlack

    NotifySlack.webhook_url = os.environ["SLACK_STANDIN"]
