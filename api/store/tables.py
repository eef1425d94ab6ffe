"""Every module that declares tables, imported so that `Base.metadata` knows them all."""

from api.store import api_keys, opted_in
from api.store.base import Base

MODULES = (api_keys, opted_in)
METADATA = Base.metadata
