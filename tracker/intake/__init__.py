"""Reads collections that others made: Git histories, WARC files, folders of pages. Nothing here touches the store."""
