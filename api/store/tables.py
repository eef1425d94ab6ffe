"""Every module that declares tables, imported so that `Base.metadata` knows them all."""

from api.store import api_keys, cases, opted_in, people
from api.store.base import Base

METADATA = Base.metadata
MODULES = (api_keys, cases, opted_in, people)
