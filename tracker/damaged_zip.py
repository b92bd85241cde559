"""What reading a ZIP file raises that somebody damaged, made up or packed strangely."""

import zipfile
import zlib

#: A compression that `zipfile` does not know is a NotImplementedError to it, a member that is encrypted a RuntimeError.
DAMAGED_ZIP = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError)
