"""Documents that are not followed yet: found on a site, looked at for the first time."""
