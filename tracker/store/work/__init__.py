"""What is due, waiting, taken or muted: leases, turns at hosts, the queue, orders, alarms."""
