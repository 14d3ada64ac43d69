"""An object that is uploaded by an HTML form (POST Object), as a browser sends it: carried out as the put that it is.

botocore's model does not have this operation: an SDK only signs the form's policy (``generate_presigned_post``), and
whoever fills the form in sends it to the bucket. The fields become the headers of a PutObject, which is judged, stored
and notified like any other, but that its event is ``ObjectCreated:Post``; the answer is a form's.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote, urlencode
from xml.etree.ElementTree import Element, SubElement

from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser
from werkzeug.http import parse_options_header

from runtime.endpoint.exchange import Answer, Request
from runtime.endpoint.wire import xml
from runtime.errors import ServiceError
from runtime.identity.request_signature import Claim
from runtime.identity.request_signature.form_policy import claim_of_form

FORM = "multipart/form-data"
FILE_NAME = "${filename}"
AS_HEADERS = frozenset({"cache-control", "content-type", "content-disposition", "content-encoding", "expires"})
OF_THE_SENDER = frozenset({"host", "origin", "sec-fetch-site", "user-agent", "referer"})
"""Headers that say who sends a form: a web page, perhaps (``web_page.py``)."""
OF_THE_SIGNATURE = frozenset(
    {"x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature", "x-amz-security-token"}
)
NOT_HERE = ("tagging",)
LARGEST_FIELDS = 20_000
"""AWS takes 20 KB of fields; the file is not counted."""
CREATED, NO_CONTENT, SEE_OTHER, REFUSED = 201, 204, 303, 300
STATUSES = {"200": 200, "201": CREATED, "204": NO_CONTENT}
NO_KEY = "Bucket POST must contain a field named 'key'. If it is specified, please check the order of the fields."


@dataclass(frozen=True, slots=True)
class FormUpload:
    """A form that was filled in."""

    fields: Mapping[str, str]
    """By their names in lower case, the bucket among them; the name of the file is filled in."""
    content: bytes
    claim: Claim | None
    put: Request
    """The upload as a PutObject would ask for it."""

    def answered(self, answer: Answer) -> Answer:
        """Return what whoever sent the form is told of the put."""
        if answer.status >= REFUSED:
            return answer
        bucket, key, etag = self.fields["bucket"], self.fields["key"], answer.header("etag") or ""
        told = answer.with_headers({"Location": f"{self.put.endpoint_url}{self.put.raw_path}"})
        target = self.fields.get("success_action_redirect") or self.fields.get("redirect")
        if target and target.isascii() and target.isprintable():
            joint = "&" if "?" in target else "?"
            query = urlencode({"bucket": bucket, "key": key, "etag": etag})
            return _saying(told.with_headers({"Location": f"{target}{joint}{query}"}), SEE_OTHER, b"")
        status = STATUSES.get(self.fields.get("success_action_status", ""), NO_CONTENT)
        if status != CREATED:
            return _saying(told, status, b"")
        element = Element("PostResponse")
        for name, value in {"Location": told.header("location"), "Bucket": bucket, "Key": key, "ETag": etag}.items():
            SubElement(element, name).text = value
        body = xml.document(element)
        return _saying(told.with_headers({"Content-Type": "application/xml"}), status, body)


def _saying(answer: Answer, status: int, body: bytes) -> Answer:
    return replace(answer.with_headers({"Content-Length": str(len(body))}), status=status, body=body)


def form_upload(request: Request) -> FormUpload | None:
    """Return the form that a request is; ``None`` if it is none. Raise ``ServiceError`` if it is filled in wrongly."""
    mimetype, options = parse_options_header(request.header("content-type"))
    bucket = request.path.strip("/")
    if request.method != "POST" or mimetype != FORM or request.query_string or not bucket or "/" in bucket:
        return None
    fields, name, content = _filled_in(request.body, options)
    if not fields.get("key"):
        raise ServiceError("InvalidArgument", NO_KEY, 400, {"ArgumentName": "key", "ArgumentValue": ""})
    for field in NOT_HERE:
        if field in fields:
            raise ServiceError("NotImplemented", f"Lambda Lab does not read the field {field} of a form.", 501)
    fields = {**fields, "bucket": bucket, "key": fields["key"].replace(FILE_NAME, name)}
    return FormUpload(fields, content, claim_of_form(fields), _as_put(request, fields, content))


def _filled_in(body: bytes, options: dict[str, str]) -> tuple[dict[str, str], str, bytes]:
    """Return the fields of a form, and the name and the content of its file."""
    parser = FormDataParser(_in_memory, max_form_memory_size=LARGEST_FIELDS, silent=False)
    try:
        _, form, files = parser.parse(io.BytesIO(body), FORM, len(body), options)
    except RequestEntityTooLarge as error:
        words = "Your POST request fields preceding the upload file were too large."
        raise ServiceError("MaxPostPreDataLengthExceededError", words) from error
    except ValueError as error:
        raise _malformed() from error
    if any(name is None for name in (*form, *files)):
        raise _malformed()
    fields = {name.lower(): value for name, value in form.items()}
    sent = files.get("file")
    if sent is None and "file" not in fields:
        words = "POST requires exactly one file upload per request."
        raise ServiceError("InvalidArgument", words, 400, {"ArgumentName": "file", "ArgumentValue": "0"})
    if sent is None:
        return fields, "", fields.pop("file").encode()
    name = (sent.filename or "").replace("\\", "/").rpartition("/")[2]
    return fields, name, sent.stream.read()


def _in_memory(*_: object, **__: object) -> io.BytesIO:
    """Return where a file of a form is put: the whole request is in memory already."""
    return io.BytesIO()


def _malformed() -> ServiceError:
    words = "The body of your POST request is not well-formed multipart/form-data."
    return ServiceError("MalformedPOSTRequest", words)


def _as_put(request: Request, fields: Mapping[str, str], content: bytes) -> Request:
    headers = {name: value for name, value in request.headers if name in OF_THE_SENDER}
    headers |= {name: _header_value(name, value) for name, value in fields.items() if _is_header(name)}
    headers["content-length"] = str(len(content))
    if "acl" in fields:
        headers["x-amz-acl"] = _header_value("acl", fields["acl"])
    path = f"{request.raw_path.rstrip('/')}/{quote(fields['key'], safe='/~')}"
    return replace(request, method="PUT", raw_path=path, headers=tuple(headers.items()), body=content)


def _header_value(name: str, value: str) -> str:
    """Return a field as a header would have arrived; refuse what no header can hold, and what would begin another."""
    if not value.isprintable():
        words = "A field that becomes a header holds printable characters only."
        raise ServiceError("InvalidArgument", words, 400, {"ArgumentName": name, "ArgumentValue": repr(value)})
    return value.encode().decode("latin-1")


def _is_header(name: str) -> bool:
    return name in AS_HEADERS or (name.startswith("x-amz-") and name not in OF_THE_SIGNATURE)
