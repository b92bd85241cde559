"""The words in force: lexicon files with the user's overlays, compiled into what finds them in a text."""
