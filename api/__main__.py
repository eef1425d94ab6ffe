"""`python -m api [--host H] [--port P]`; what is not given comes from the settings."""

from api.server import main

main()
