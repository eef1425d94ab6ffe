"""Single sign-on against a provider that really answers and really signs: who gets in, and what is refused."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from api_browser import chromium, served
from joserfc.jwk import OctKey
from oidc_provider import CLIENT, SECRET, Provider, new_key, provider
from sqlalchemy import select
from staff_pages import PASSWORD, Browserless, staff_app, staffed
from starlette.testclient import TestClient

from api import Settings
from api.settings import UnsafeSettings
from api.staff.gate import COOKIE
from api.store.cases import AuditEvent
from api.store.people import User

OUR_SECRET = "0123456789abcdef0123456789abcdef"


def _settings(issuer: str, **more: Any) -> dict[str, Any]:
    return {"oidc_issuer": issuer, "oidc_client_id": CLIENT, "oidc_client_secret": SECRET, "secret": OUR_SECRET, **more}


@pytest.fixture
def oidc() -> Iterator[Provider]:
    with provider() as started:
        yield started


@pytest.fixture
def client(database: str, oidc: Provider) -> Iterator[TestClient]:
    with staffed(database, **_settings(oidc.issuer)) as started:
        yield started


def _back(client: TestClient, place: str = "/staff") -> tuple[str, str]:
    """Where the provider sends the browser, and the cookie that goes along."""
    begun = client.get("/staff/sign-on", params={"next": place}, follow_redirects=False)
    assert begun.status_code == 303, begun.text
    cookie = begun.cookies["scam_notice_sign_on"]
    client.cookies.clear()
    answer = httpx2.get(begun.headers["location"], follow_redirects=False)
    return answer.headers["location"].removeprefix("http://testserver"), cookie


def _finish(client: TestClient, back: str, cookie: str) -> Any:
    answer = client.get(back, headers={"cookie": f"scam_notice_sign_on={cookie}"}, follow_redirects=False)
    client.cookies.clear()
    return answer


def _sign_on(client: TestClient, place: str = "/staff") -> Any:
    return _finish(client, *_back(client, place))


def _refusals(client: TestClient) -> list[Any]:
    with client.app.state.store.read() as session:  # type: ignore[attr-defined]
        wanted = select(AuditEvent.detail).where(AuditEvent.action == "login_failed").order_by(AuditEvent.id)
        return [detail.get("sign_on") for detail in session.scalars(wanted)]


def _people(client: TestClient) -> dict[str, str]:
    with client.app.state.store.read() as session:  # type: ignore[attr-defined]
        return {user.name: user.role for user in session.scalars(select(User))}


def test_somebody_signs_on_and_comes_back_as_the_same(client: TestClient, oidc: Provider) -> None:
    assert "共通ログインでログイン" in client.get("/staff/login").text
    first = _sign_on(client, "/staff/campaigns")
    assert first.headers["location"] == "/staff/campaigns"
    page = client.get("/staff", headers={"cookie": f"{COOKIE}={first.cookies[COOKIE]}"})
    assert "伊藤〈相談員〉" in page.text
    client.cookies.clear()
    oidc.claims |= {"preferred_username": "ito-married", "roles": ["supervisor", "counsellor", "x"]}
    assert _sign_on(client).headers["location"] == "/staff"
    assert _people(client)["ito"] == "supervisor", "known by the subject, with the role of today"
    assert len(_people(client)) == 5
    answer = client.post("/staff/login", data={"name": "ito", "password": "x" * 12}, follow_redirects=False)
    assert answer.status_code == 401, "no password opens it"
    assert Browserless(client, "sato").get("/staff").status_code == 200, "local accounts stay"


def test_a_name_is_no_proof(client: TestClient, oidc: Provider) -> None:
    """An account of the same name is another person's."""
    oidc.claims |= {"sub": "stranger", "preferred_username": "Sato@city.example", "roles": ["admin"]}
    assert _sign_on(client).headers["location"] == "/staff"
    assert _people(client)["sato"] == "counsellor"
    assert _people(client)["sato-2"] == "admin"


def _other(name: str, value: Any) -> Any:
    return lambda claims: {**claims, name: value}


def _without(name: str) -> Any:
    return lambda claims: {key: value for key, value in claims.items() if key != name}


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (_other("aud", "another-client"), "token"),
        (_other("aud", ["another-client", CLIENT]), "token"),
        (_other("azp", "another-client"), "token"),
        (_other("iss", "https://evil.example"), "token"),
        (_other("nonce", "of another sign-on"), "token"),
        (_other("exp", int(time.time()) - 120), "token"),
        (_other("iat", int(time.time()) + 3600), "token"),
        (_without("nonce"), "token"),
        (_without("exp"), "token"),
        (_without("aud"), "token"),
        (_without("sub"), "token"),
        (_without("roles"), "role"),
        (_other("roles", ["boss"]), "role"),
        (_other("roles", {"admin": True}), "role"),
    ],
)
def test_a_token_that_is_not_for_us_opens_nothing(client: TestClient, oidc: Provider, spoil: Any, reason: str) -> None:
    oidc.spoil = spoil
    answer = _sign_on(client)
    assert answer.headers["location"].startswith("/staff/login?done=")
    assert COOKIE not in answer.cookies
    assert _refusals(client) == [reason]
    assert "error" in client.get(answer.headers["location"]).text
    assert len(_people(client)) == 4, "no account is made"


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_only_the_providers_key_counts(client: TestClient, oidc: Provider) -> None:
    good = oidc.key
    oidc.key, oidc.published = new_key("one of another"), good
    assert "refused" in _sign_on(client).headers["location"], "signed by somebody else"
    oidc.key = OctKey.import_key(SECRET)
    oidc.header = {"alg": "HS256", "kid": "one"}
    assert "refused" in _sign_on(client).headers["location"], "the shared secret signs nothing"
    oidc.key, oidc.header = good, {"alg": "none"}
    oidc.token = lambda form, authorization: (200, {"access_token": "x", "token_type": "Bearer",  # type: ignore[method-assign]
                                                    "id_token": "eyJhbGciOiJub25lIn0.e30."})  # fmt: skip
    assert "refused" in _sign_on(client).headers["location"], "nor does nobody"
    assert _refusals(client) == ["token"] * 3


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_provider_may_change_its_key(client: TestClient, oidc: Provider) -> None:
    assert _sign_on(client).headers["location"] == "/staff"
    oidc.key = new_key("two")
    oidc.header = {"alg": "RS256", "kid": "two"}
    assert _sign_on(client).headers["location"] == "/staff"
    assert oidc.asked.count("/keys") == 2, "asked again only because a new one was named"


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_sign_on_ends_in_the_browser_that_began_it(client: TestClient, oidc: Provider) -> None:
    back, cookie = _back(client)
    _, another = _back(client)
    assert "refused" in _finish(client, back, another).headers["location"], "another browser's cookie"
    assert "refused" in _finish(client, back, "").headers["location"]
    assert "refused" in _finish(client, back, cookie[:-4] + "AAAA").headers["location"]
    state = parse_qs(urlsplit(back).query)["state"][0]
    assert "refused" in _finish(client, back.replace(state, "x"), cookie).headers["location"]
    assert "refused" in _finish(client, f"/staff/sign-on/done?state={state}&code=guessed", cookie).headers["location"]
    assert _finish(client, back, cookie).headers["location"] == "/staff"
    assert "refused" in _finish(client, back, cookie).headers["location"], "a code works once"
    assert _sign_on(client, "https://evil.example").headers["location"] == "/staff"


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_who_is_locked_stays_out(client: TestClient, oidc: Provider) -> None:
    _sign_on(client)
    admin = Browserless(client, "kanri")
    with client.app.state.store.read() as session:  # type: ignore[attr-defined]
        number = session.scalars(select(User.id).where(User.name == "ito")).one()
    admin.post(f"/staff/people/{number}/lock")
    assert "refused" in _sign_on(client).headers["location"]


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_roles_may_have_other_names_and_stand_deeper(database: str, oidc: Provider) -> None:
    more = {"oidc_roles_claim": "realm_access.roles", "oidc_roles": {"主任": "supervisor", "相談": "counsellor"}}
    with staffed(database, **_settings(oidc.issuer, **more)) as client:
        oidc.claims["realm_access"] = {"roles": ["相談", "主任"]}
        assert _sign_on(client).headers["location"] == "/staff"
        assert _people(client)["ito"] == "supervisor"
        oidc.claims["realm_access"] = {"roles": ["admin"]}
        assert "no_role" in _sign_on(client).headers["location"]


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("issuer", ["http://127.0.0.1:9", "http://login.city.example", "{other}"])
def test_a_provider_that_is_not_there(database: str, oidc: Provider, issuer: str) -> None:
    place = issuer.format(other=oidc.issuer.replace("127.0.0.1", "localhost"))
    with staffed(database, **_settings(place)) as client:
        answer = client.get("/staff/sign-on", follow_redirects=False)
        assert answer.headers["location"] == "/staff/login?done=unreachable"
        assert Browserless(client, "sato").get("/staff").status_code == 200


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_without_settings_there_is_none(database: str) -> None:
    with staffed(database) as client:
        assert client.get("/staff/sign-on").status_code == 404
        assert client.get("/staff/sign-on/done?code=x&state=y").status_code == 404
        assert "でログイン</a>" not in client.get("/staff/login").text


@pytest.mark.parametrize(
    ("left_out", "says"), [("oidc_client_id", "set all three"), ("oidc_client_secret", "set all three"),
                           ("secret", "secret of your own")],
)  # fmt: skip
def test_half_set_is_refused_at_the_start(left_out: str, says: str) -> None:
    options = {name: value for name, value in _settings("https://login.example").items() if name != left_out}
    with pytest.raises(UnsafeSettings, match=says):
        Settings(_env_file=None, **options).check(keys=0)


def test_in_a_real_browser(tmp_path: Path, oidc: Provider) -> None:
    """From the login page to the provider and back, with the policies that the browser keeps."""
    url = f"sqlite:///{tmp_path / 'sign-on.sqlite3'}"
    with served(staff_app(url, **_settings(oidc.issuer))) as address, chromium() as browser:
        page = browser.new_page()
        page.set_default_timeout(10_000)
        page.goto(f"{address}/staff/report")
        page.click("text=共通ログインでログイン")
        page.wait_for_url("**/staff/report")
        assert "伊藤" in str(page.locator(".who").text_content())
        page.click("text=ログアウト")
        page.wait_for_url("**/staff/login")
        assert PASSWORD not in page.content()
