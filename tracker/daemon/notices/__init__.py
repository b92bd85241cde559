"""What people are told besides changes: health, digests, escalations, reports."""
