"""What an operator can set, by environment (`SCAM_NOTICE_…`) or a `.env` file."""

import ipaddress
from pathlib import Path
from typing import Final

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from api.staff.permissions import Role

DEFAULT_SECRET: Final = "change-me"
# How long a stopped service may take for what it has accepted.
GRACE_SECONDS: Final = 30


class UnsafeSettings(Exception):
    """Settings that must not face the public; the message says which and what to do."""


class Settings(BaseSettings):
    """Every name here is read from `SCAM_NOTICE_<NAME>`; unknown names are ignored."""

    model_config = SettingsConfigDict(env_prefix="SCAM_NOTICE_", env_file=".env", extra="ignore")

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    workers: int = Field(default=1, ge=1, le=64)
    """Processes that answer; they share the memory of one loaded model."""

    production: bool = False
    """Refuses to start with the default secret, or on a public address before any key exists."""

    secret: SecretStr = SecretStr(DEFAULT_SECRET)
    """Signs the sessions of staff; at least 32 characters in production."""

    database: str = "sqlite:///scam-notice.sqlite3"
    """Where cases, people, keys and opted-in notices are kept: a SQLite file, or `postgresql://…` with the extra."""

    bundle: Path | None = None
    """The trained model's directory; the shipped one when unset."""

    open_assess: bool = True
    """Whether `POST /v1/assessments` and `/file` answer without a key. The page always does."""

    # 100,000 characters of Japanese are 300 KB as UTF-8 JSON and 900 KB as an urlencoded form.
    max_body_bytes: int = Field(default=1024 * 1024, ge=1)

    # A batch of 1,000 ordinary notices is 1.5 MB; one of long letters still passes.
    max_batch_bytes: int = Field(default=16 * 1024 * 1024, ge=1)

    # A telephone's photograph is 2 to 8 MB.
    max_file_bytes: int = Field(default=10 * 1024 * 1024, ge=1)

    max_waiting: int = Field(default=2, ge=1)
    """Notices from programs that may wait to be judged in each worker; one more is answered 503 `busy`. People at
    the page or the staff's pages may have eight times as many waiting."""

    max_seconds: float = Field(default=10.0, gt=0)
    """How long one notice may take, waiting included, before it is answered 503 `took_too_long`."""

    max_streams: int = Field(default=2, ge=1)
    """Batches and streams, and files being opened, at the same time in each worker."""

    rate_per_address: int = Field(default=600, ge=0)
    """Requests a minute from one address (an IPv6 network of 64 bits); 0 sets no limit."""

    rate_per_key: int = Field(default=6000, ge=0)
    """Requests a minute with one key; 0 sets no limit."""

    trusted_proxies: str = "127.0.0.1"
    """Addresses whose X-Forwarded-For is believed, with commas between."""

    opt_in: bool = False
    """Whether senders are offered to have their notice stored, masked."""

    retention_days: int = Field(default=180, ge=1)
    """After so many days an opted-in notice is deleted."""

    oidc_issuer: str = ""
    """Single sign-on of staff by OpenID Connect: the provider's issuer, `https://login.city.example/realms/city`."""

    oidc_client_id: str = ""
    """What the provider calls us. Its redirect address is `https://…/staff/sign-on/done`."""

    oidc_client_secret: SecretStr = SecretStr("")
    """The secret that goes with it."""

    oidc_label: str = "共通ログイン"
    """What the button on the login page says before 「でログイン」."""

    oidc_roles_claim: str = "roles"
    """The claim that names somebody's roles; dots lead inwards, as in `realm_access.roles`."""

    oidc_roles: dict[str, Role] = Field(default_factory=dict)
    """From the claim's values to ours, as JSON: `{"soudan": "counsellor"}`; where empty, our own names count."""

    public_url: str = ""
    """Where browsers reach us, `https://soudan.city.example`; without it the request's own address counts."""

    blind_share: float = Field(default=0.0, ge=0, le=1)
    """Share of new cases whose score stays hidden until somebody has decided, so that agreement can be measured."""

    @property
    def has_sign_on(self) -> bool:
        """Whether single sign-on is set."""
        return bool(self.oidc_issuer)

    @property
    def is_public(self) -> bool:
        """Whether other machines can reach the address that we listen on."""
        try:
            return not ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host != "localhost"

    def check(self, keys: int) -> None:
        """Raises UnsafeSettings where sign-on is half set, or production is not safe with `keys` valid keys."""
        if self.has_sign_on and not (self.oidc_client_id and self.oidc_client_secret.get_secret_value()):
            raise UnsafeSettings(
                "SCAM_NOTICE_OIDC_ISSUER is set without SCAM_NOTICE_OIDC_CLIENT_ID and SCAM_NOTICE_OIDC_CLIENT_SECRET; "
                "set all three, or none"
            )
        if self.has_sign_on and self.secret.get_secret_value() == DEFAULT_SECRET:
            raise UnsafeSettings(
                "single sign-on needs a secret of your own: set SCAM_NOTICE_SECRET to the output of "
                "`openssl rand -hex 32`"
            )
        if not self.production:
            return
        secret = self.secret.get_secret_value()
        if secret == DEFAULT_SECRET or len(secret) < 32:
            raise UnsafeSettings(
                "SCAM_NOTICE_SECRET is the default or shorter than 32 characters; "
                "set it to the output of `openssl rand -hex 32`"
            )
        if self.is_public and not keys:
            raise UnsafeSettings(
                f"{self.host} can be reached from outside and no key exists; "
                "make one with `scam-notice keys add NAME --scope batch`, or listen on 127.0.0.1"
            )
