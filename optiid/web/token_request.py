"""What a request to the token endpoint says: its form, who it is from, and by which proof (RFC 6749, section 2.3.1)."""

from __future__ import annotations

import base64
import binascii
from io import BytesIO
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote_plus

from werkzeug.sansio.utils import get_content_length

from optiid.clock import is_own_form
from optiid.errors import UnauthenticatedError
from optiid.services import granting

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

PREFIX = "/oauth"
PATH = f"{PREFIX}/token"
FORM = "application/x-www-form-urlencoded"
BODY_LIMIT = 16 * 1024
MOST_PARAMETERS = 20


class OAuthError(Exception):
    """An error of RFC 6749, section 5.2."""

    def __init__(self, code: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.code, self.status = code, status


def check_form(content_type: str) -> None:
    """Raise OAuthError for a body that is no form."""
    if content_type.partition(";")[0].strip().lower() != FORM:
        raise OAuthError("invalid_request", f"Send the parameters in the body, as {FORM}")


def read_form(body: bytes) -> dict[str, str]:
    """Return the parameters of a body. Raises OAuthError, also for one that comes twice (RFC 6749, section 3.2)."""
    try:
        pairs = parse_qsl(
            body.decode(), keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=MOST_PARAMETERS
        )
    except ValueError as error:
        raise OAuthError("invalid_request", "The body is no form in UTF-8 of few parameters") from error
    if len(dict(pairs)) < len(pairs):
        raise OAuthError("invalid_request", "A parameter comes twice")
    return {name: value for name, value in pairs if value}


def read_basic(header: str) -> tuple[str, str]:
    """Return the id and the secret of a Basic header, which are form-encoded. Raises UnauthenticatedError."""
    scheme, _, rest = header.partition(" ")
    try:
        text = base64.b64decode(rest.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        text = ""
    ident, colon, secret = text.partition(":")
    if scheme.lower() != "basic" or not colon:
        raise UnauthenticatedError(granting.NOT_RECOGNISED)
    return unquote_plus(ident), unquote_plus(secret)


def named_client(environ: WSGIEnvironment) -> str:
    """Return the id of the client that a request says it is from; "" for a request that names none, or is another.

    Nothing of it is proven. The body is kept for whoever answers.
    """
    path = "/" + "/".join(part for part in environ.get("PATH_INFO", "").split("/") if part)
    if path != PATH or environ["REQUEST_METHOD"] != "POST":
        return ""
    try:
        ident = _named(environ.get("HTTP_AUTHORIZATION"), read_form(_kept_body(environ)))
    except (OAuthError, UnauthenticatedError):
        return ""
    return ident if is_own_form(ident) else ""


def rewind(environ: WSGIEnvironment) -> None:
    """Let a body that was kept be read again."""
    stream = environ["wsgi.input"]
    if isinstance(stream, BytesIO):
        stream.seek(0)


def _named(header: str | None, sent: dict[str, str]) -> str:
    if header is not None:
        return read_basic(header)[0]
    if "client_assertion" in sent:
        return granting.signer(sent["client_assertion"])
    return sent.get("client_id", "")


def _kept_body(environ: WSGIEnvironment) -> bytes:
    """Return the body, as far as it is read at all; what is wrong with it is told by whoever answers."""
    announced = get_content_length(environ.get("CONTENT_LENGTH"), environ.get("HTTP_TRANSFER_ENCODING"))
    if announced is not None and announced > BODY_LIMIT:
        return b""
    try:
        body: bytes = environ["wsgi.input"].read(BODY_LIMIT + 1 if announced is None else announced)
    except Exception:  # noqa: BLE001 - servers raise what they like for broken chunks
        return b""
    environ["wsgi.input"] = BytesIO(body)
    return body
