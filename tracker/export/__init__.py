"""Takes the history out: lines, tables, Git, WARC, evidence."""
