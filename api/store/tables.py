"""Every module that declares tables, imported so that `Base.metadata` knows them all."""

from api.store import cases, people
from api.store.base import Base

METADATA = Base.metadata
MODULES = (cases, people)
