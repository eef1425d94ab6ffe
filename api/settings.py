"""What an operator can set, by environment (`SCAM_NOTICE_…`) or a `.env` file."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Every name here is read from `SCAM_NOTICE_<NAME>`; unknown names are ignored."""

    model_config = SettingsConfigDict(env_prefix="SCAM_NOTICE_", env_file=".env", extra="ignore")

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    bundle: Path | None = None
    """The trained model's directory; the shipped one when unset."""

    database: str = "sqlite:///scam-notice.sqlite3"
    """Where cases, people and keys are kept: a SQLite file, or `postgresql://…` with the extra `postgres`."""

    # 100,000 characters of Japanese are 300 KB as UTF-8 JSON and 900 KB as an urlencoded form.
    max_body_bytes: int = Field(default=1024 * 1024, ge=1)

    # Scoring holds the interpreter lock for most of its milliseconds: a second thread lets one
    # request wait for memory or the tokeniser while another works; more only lengthens the tail.
    scoring_threads: int = Field(default=2, ge=1)
