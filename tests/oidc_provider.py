"""A small OpenID Connect provider on loopback: real HTTP, real keys, PKCE and client secret checked."""

import base64
import contextlib
import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "scam-notice", "a secret that only the two know"


@cache
def new_key(name: str) -> Any:
    """An RSA key; finding its primes takes a while."""
    return RSAKey.generate_key(2048, {"kid": name.partition(" ")[0]})


@dataclass
class Provider:
    """`claims` is who signs in next; `spoil` changes claims and `header` the token's head before it is signed."""

    issuer: str = ""
    claims: dict[str, Any] = field(default_factory=lambda: {"sub": "4711", "preferred_username": "ito", "name": "伊藤",
                                                            "roles": ["counsellor"]})  # fmt: skip
    spoil: Callable[[dict[str, Any]], dict[str, Any]] = dict
    header: dict[str, str] = field(default_factory=lambda: {"alg": "RS256", "kid": "one"})
    key: Any = field(default_factory=lambda: new_key("one"))
    published: Any = None
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def description(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
        }

    def keys(self) -> dict[str, Any]:
        return {"keys": [(self.published or self.key).as_dict(private=False)]}

    def authorize(self, query: dict[str, str]) -> str:
        """Where the browser goes back to; the person has agreed at once."""
        assert (query["client_id"], query["response_type"], query["code_challenge_method"]) == (CLIENT, "code", "S256")
        assert "openid" in query["scope"].split()
        code = f"code-{len(self.codes)}"
        self.codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        wanted = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if authorization != f"Basic {wanted}":
            return 401, {"error": "invalid_client"}
        asked = self.codes.pop(form.get("code", ""), None)
        verifier = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).decode().rstrip("=")
        if asked is None or challenge != asked["code_challenge"] or form["redirect_uri"] != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        times = {"iat": now, "exp": now + 300}
        claims = {"iss": self.issuer, "aud": CLIENT, **times, "nonce": asked["nonce"], **self.claims}
        token = jwt.encode(self.header, self.spoil(claims), self.key, algorithms=[self.header["alg"]])
        return 200, {"access_token": "x", "token_type": "Bearer", "id_token": token}


@contextlib.contextmanager
def provider() -> Iterator[Provider]:
    """A provider that answers until the block ends."""
    found = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            found.asked.append(parts.path)
            if parts.path == "/authorize":
                self.send_response(302)
                query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                self.send_header("Location", found.authorize(query))
                self.end_headers()
                return
            self._json(200, found.keys() if parts.path == "/keys" else found.description())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self._json(*found.token(form, self.headers.get("Authorization", "")))

        def _json(self, status: int, value: dict[str, Any]) -> None:
            body = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
