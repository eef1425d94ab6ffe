"""How much of a file is opened. A file of ten kilobytes can unfold to gigabytes; each way to do so has a limit here."""

from typing import Final

# A mail inside a mail inside a mail …; parts of one mail; what all its text parts unfold to.
MAIL_DEPTH: Final = 8
MAIL_PARTS: Final = 100
MAIL_TEXT_BYTES: Final = 4 * 1024 * 1024

# Twenty thousand nested ones take 0.3 s, two hundred thousand three minutes.
HTML_TAGS: Final = 20_000

PDF_PAGES: Final = 30

# A telephone's camera makes up to 50 million pixels; more than 100 million is no photograph of a letter.
PICTURE_PIXELS: Final = 100_000_000
# What is handed to the reader of characters; larger pictures are made smaller, which costs no accuracy on A4.
PICTURE_SIDE: Final = 3_000

# For the process that opens a PDF or picture.
OPEN_SECONDS: Final = 20
OPEN_MEMORY_BYTES: Final = 1536 * 1024 * 1024
READ_SECONDS: Final = 40
