"""`python -m api`."""

from api.server import serve

serve()
