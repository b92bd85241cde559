"""Where a sentence ends within a clause, for those who read one at a time: marks that close a quotation go with it."""

import re

#: What stands between two sentences.
SENTENCE_END = re.compile(r"(?<=[.!?])[\"”’')]*\s+(?=[\"“‘'(]?[A-Z])")
