"""Single sign-on by OpenID Connect: Authorization Code with PKCE, by Authlib; tokens verified by joserfc.

What must come back from the provider (state, nonce, verifier) travels in a short-lived cookie that we signed, so any
worker can finish what another began. Nothing is asked of the network unless an operator has named an issuer.
"""

import secrets
import time
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet, OctKey

from api.settings import Settings
from api.staff.errors import StaffError
from api.staff.permissions import ROLES, Role

COOKIE_LASTS: Final = 600
_TIMEOUT: Final = 5.0
_FRESH: Final = 600.0
_LEEWAY: Final = 60
# None that is symmetric: the client's secret must not be able to sign a token.
_ALGORITHMS: Final = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519"]
_STATE_AUDIENCE: Final = "scam-notice-sign-on"


class SignOnRefused(StaffError):
    """The sign-on ends here; the message names the reason in one English word for the audit."""


class ProviderUnreachable(StaffError):
    """The provider does not answer, or not as one does."""


@dataclass(frozen=True, slots=True)
class SignedOn:
    """Somebody whom the provider vouches for. `subject` is unique with its issuer; `role` is the highest that fits."""

    issuer: str
    subject: str
    username: str
    display_name: str
    role: Role
    next: str


class SignOn:
    """One provider, as the settings name it. Its description and keys are asked for when first needed."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._key = OctKey.import_key(settings.secret.get_secret_value().encode())
        self._metadata: dict[str, Any] = {}
        self._keys: KeySet | None = None
        self._asked_at = 0.0

    def begin(self, redirect_uri: str, place: str) -> tuple[str, str]:
        """The provider's address to go to, and the cookie that must come back. Raises ProviderUnreachable."""
        nonce, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
        address, state = self._session(redirect_uri).create_authorization_url(
            self._description()["authorization_endpoint"], code_verifier=verifier, nonce=nonce
        )
        now = int(time.time())
        kept = {"aud": _STATE_AUDIENCE, "exp": now + COOKIE_LASTS, "state": state, "nonce": nonce, "verifier": verifier,
                "next": place}  # fmt: skip
        return address, jwt.encode({"alg": "HS256"}, kept, self._key)

    def finish(self, cookie: str, state: str, code: str, redirect_uri: str) -> SignedOn:
        """Trades the code for a token and reads it. Raises SignOnRefused or ProviderUnreachable."""
        kept = self._kept(cookie)
        if not state or not secrets.compare_digest(str(kept["state"]).encode(), state.encode()):
            raise SignOnRefused("state")
        claims = self._claims(self._id_token(code, str(kept["verifier"]), redirect_uri), str(kept["nonce"]))
        role = self._role(claims)
        if role is None:
            raise SignOnRefused("role")
        subject = str(claims["sub"])
        username = str(claims.get("preferred_username") or claims.get("email") or subject)
        return SignedOn(
            issuer=self._settings.oidc_issuer,
            subject=subject,
            username=username,
            display_name=str(claims.get("name") or username),
            role=role,
            next=str(kept["next"]),
        )

    def _kept(self, cookie: str) -> dict[str, Any]:
        wanted = jwt.JWTClaimsRegistry(
            aud={"essential": True, "value": _STATE_AUDIENCE}, exp={"essential": True}, state={"essential": True}
        )
        try:
            kept = jwt.decode(cookie, self._key, algorithms=["HS256"]).claims
            wanted.validate(kept)
        except (JoseError, ValueError) as error:
            raise SignOnRefused("state") from error
        return kept

    def _id_token(self, code: str, verifier: str, redirect_uri: str) -> str:
        endpoint = self._description()["token_endpoint"]
        try:
            answer = self._session(redirect_uri).fetch_token(
                endpoint, code=code, code_verifier=verifier, timeout=_TIMEOUT
            )
        except AuthlibBaseError as error:  # the provider said no: used, expired, another verifier
            raise SignOnRefused("code") from error
        except (requests.RequestException, ValueError) as error:
            raise ProviderUnreachable("the token endpoint does not answer") from error
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise SignOnRefused("token")
        return token

    def _claims(self, token: str, nonce: str) -> dict[str, Any]:
        wanted = jwt.JWTClaimsRegistry(
            leeway=_LEEWAY,
            iss={"essential": True, "value": self._settings.oidc_issuer},
            aud={"essential": True, "value": self._settings.oidc_client_id},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            claims = self._decoded(token)
            wanted.validate(claims)
        except (JoseError, ValueError) as error:
            raise SignOnRefused("token") from error
        # A token for several parties must say that it was made for us.
        if isinstance(claims["aud"], list) and len(claims["aud"]) > 1 and "azp" not in claims:
            raise SignOnRefused("token")
        if claims.get("azp", self._settings.oidc_client_id) != self._settings.oidc_client_id:
            raise SignOnRefused("token")
        return claims

    def _decoded(self, token: str) -> dict[str, Any]:
        """The keys are asked for once more where the token names one that we do not know: providers change them."""
        try:
            return jwt.decode(token, self._provider_keys(), algorithms=_ALGORITHMS).claims
        except (InvalidKeyIdError, ValueError):
            self._asked_at = 0.0
            return jwt.decode(token, self._provider_keys(), algorithms=_ALGORITHMS).claims

    def _role(self, claims: dict[str, Any]) -> Role | None:
        value: Any = claims
        for name in self._settings.oidc_roles_claim.split("."):
            value = value.get(name) if isinstance(value, dict) else None
        named = [value] if isinstance(value, str) else value if isinstance(value, list) else []
        mapping = self._settings.oidc_roles or {role: role for role in ROLES}
        found = {mapping[name] for name in named if isinstance(name, str) and name in mapping}
        return next((role for role in reversed(ROLES) if role in found), None)

    def _session(self, redirect_uri: str) -> Any:
        return OAuth2Session(
            self._settings.oidc_client_id,
            self._settings.oidc_client_secret.get_secret_value(),
            scope="openid profile",
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
        )

    def _description(self) -> dict[str, Any]:
        self._refresh()
        return self._metadata

    def _provider_keys(self) -> KeySet:
        self._refresh()
        assert self._keys is not None
        return self._keys

    def _refresh(self) -> None:
        if self._keys is not None and time.monotonic() - self._asked_at < _FRESH:
            return
        issuer = self._settings.oidc_issuer
        found = _fetched(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        if found.get("issuer") != issuer:
            raise ProviderUnreachable("the provider calls itself otherwise than SCAM_NOTICE_OIDC_ISSUER")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            _require_safe(str(found.get(name, "")))
        try:
            self._keys = KeySet.import_key_set(_fetched(found["jwks_uri"]))  # type: ignore[arg-type]
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise ProviderUnreachable("the provider's keys cannot be read") from error
        self._metadata, self._asked_at = found, time.monotonic()


def _fetched(address: str) -> dict[str, Any]:
    _require_safe(address)
    try:
        answer = requests.get(address, timeout=_TIMEOUT, allow_redirects=False)
        answer.raise_for_status()
        found = answer.json()
    except (requests.RequestException, ValueError) as error:
        raise ProviderUnreachable("the provider does not answer") from error
    if not isinstance(found, dict):
        raise ProviderUnreachable("the provider answers with something else")
    return found


def _require_safe(address: str) -> None:
    """https, or this very machine."""
    parts = urlsplit(address)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1", "localhost")):
        return
    raise ProviderUnreachable("the provider's addresses must begin with https://")
