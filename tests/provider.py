"""A server that plays Google and Facebook: as much of OAuth 2 and OpenID Connect as coming in by them needs."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt


class _Hand(BaseHTTPRequestHandler):
    server: Provider

    def do_GET(self) -> None:
        path, query = urlsplit(self.path).path, self._fields(urlsplit(self.path).query)
        self.server.asked.append((path, query))
        if path == "/auth":  # whoever comes agrees at once
            self.send_response(302)
            back = (
                {"code": self.server.code, "state": query["state"]}
                if self.server.agrees
                else {"error": "access_denied"}
            )
            self.send_header("Location", f"{query['redirect_uri']}?{urlencode(back | {'state': query['state']})}")
            self.end_headers()
        elif path == "/me":
            self._say(self.server.says)
        elif path == "/oauth/access_token":
            self._say({"access_token": "a", "token_type": "bearer"})

    def do_POST(self) -> None:
        fields = self._fields(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.server.asked.append(("/token", fields))
        claims = {
            "iss": self.server.url,
            "aud": fields["client_id"],
            "iat": int(time.time()),
            "exp": int(time.time()) + 60,
        }
        token = jwt.encode(claims | self.server.says, "nobody checks a signature that came by TLS" * 2, "HS256")
        self._say({"access_token": "a", "token_type": "bearer", "id_token": token})

    def _fields(self, text: str) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(text).items()}

    def _say(self, answer: dict[str, Any]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *args: object) -> None:
        pass


class Provider(ThreadingHTTPServer):
    """``says`` is what it tells of whoever comes, ``asked`` what it was asked: paths and their fields."""

    daemon_threads = True
    code = "the-code"

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Hand)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.agrees = True
        self.says: dict[str, Any] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []

    def asked_for(self, path: str) -> dict[str, str]:
        """The fields of what it was asked last at a path."""
        return next(fields for at, fields in reversed(self.asked) if at == path)

    def challenge_is_met(self) -> bool:
        """Whether whoever fetched the token is whoever began (PKCE)."""
        asked, told = self.asked_for("/auth"), self.asked_for("/token")
        digest = hashlib.sha256(told["code_verifier"].encode()).digest()
        made = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        return (asked["code_challenge_method"], asked["code_challenge"]) == ("S256", made)


@contextmanager
def provider() -> Iterator[Provider]:
    """Such a server on a free port, for the length of a block."""
    with Provider() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield server
        server.shutdown()
