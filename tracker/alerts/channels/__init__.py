"""How a message reaches each kind of destination: mail, Slack and webhooks by seams of our own, the rest by Apprise."""
