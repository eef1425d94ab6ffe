"""Uploaded files read as notices: texts, mails, PDFs with text, pictures. Every limit stands in `api.files.limits`."""

from api.files.reading import ReadFile, read_file
from api.files.remark import Remark

__all__ = ["ReadFile", "Remark", "read_file"]
