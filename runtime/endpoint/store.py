"""What we do not keep ourselves is kept by moto: S3, IAM, CloudWatch Logs, DynamoDB and the rest.

Theory of operation. moto is a WSGI application in this process, imported when it is first needed (it takes half a
second) and called on threads, because it computes checksums and may wait. A call reaches it only when it has been
identified and judged, and says nothing but what was judged (``judged.py``). So moto is never asked to authorise: every
call arrives signed in the name of the account, the caller's own signature is taken off, and moto's reading of bucket
policies is switched off (it errs in both directions). What it answers passes through untouched.

Its time is the account's (``repetition.py`` says of what it is not). It keeps everything in memory; what makes that
survive the end of the process is ``durability/``.
"""

from __future__ import annotations

import asyncio
import io
import re
import sys
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from typing import TYPE_CHECKING, Any

from runtime.arn import Arn
from runtime.clock import Clock
from runtime.endpoint import (
    bus_extension,
    checksums,
    iam_extension,
    kinesis_extension,
    queue_extension,
    table_stream_extension,
)
from runtime.endpoint.durability import repetition
from runtime.endpoint.durability.kept_state import KeptState
from runtime.endpoint.durability.redo_log import RedoLog
from runtime.endpoint.exchange import Answer, Request
from runtime.endpoint.stored_tags import stored_tags
from runtime.errors import PlatformError

if TYPE_CHECKING:  # only names: importing moto takes half a second, and the port opens first
    from moto.iam.models import IAMBackend
    from moto.s3.models import S3Backend

PARTITION = "aws"
THREADS = 8
"""More than one, because some of moto's calls wait (a long poll of a queue)."""

REMEMBERED_HOSTS = 256
"""One for each service and region that is called."""

PLAIN_HOST = re.compile(r"(localhost|\d+\.\d+\.\d+\.\d+)(:\d+)?")
SERVICE_KEY = "lambda_lab.service"
"""Under this key of the WSGI environment a call carries the signing name of its service."""

NOT_PASSED_ON = frozenset(
    {"authorization", "x-amz-security-token", "host", "connection", "expect", "transfer-encoding"}
)


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object of S3 as it can be read now."""

    size: int
    etag: str
    version_id: str | None
    is_delete_marker: bool = False


class Store:
    """moto, mounted in this process, for one account."""

    def __init__(self, account: str, region: str, redo_log: RedoLog, clock: Clock) -> None:
        self._account = account
        self._region = region
        self._clock = clock
        self._lock = threading.Lock()
        self._kept = KeptState(redo_log, clock)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="store")

    async def warm_up(self) -> None:
        """Import what most calls need and bring back what was kept, beside everything else that happens at the start.

        Raise ``PlatformError`` if something of it could not be brought back; the rest is there.
        """
        await asyncio.get_running_loop().run_in_executor(self._threads, self._import_usual)
        if self._kept.lost:
            raise PlatformError(f"of what was kept, these writes could not be repeated: {'; '.join(self._kept.lost)}")

    async def answer(
        self, request: Request, service: str, region: str | None, access_key_id: str, *, is_write: bool
    ) -> Answer:
        """Let moto answer a call to a service (by its signing name)."""
        arguments = (request, service, region or self._region, access_key_id)
        work = self._write if is_write else self._run
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)

    def reset(self) -> None:
        """Forget everything that is kept."""
        self._application  # noqa: B018 - moto must be set up before its state is looked at
        self._kept.clear()

    def close(self) -> None:
        """Let the threads go, and leave a checkpoint behind."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        if "_application" in vars(self):
            self._kept.leave_checkpoint()

    @property
    def iam(self) -> IAMBackend:
        """The IAM of the account, as moto keeps it."""
        self._application  # noqa: B018
        from moto.iam.models import iam_backends

        return iam_backends[self._account][PARTITION]

    @property
    def s3(self) -> S3Backend:
        """The S3 of the account, as moto keeps it."""
        self._application  # noqa: B018
        from moto.s3.models import s3_backends

        return s3_backends[self._account][PARTITION]

    def has_bucket(self, bucket: str) -> bool:
        """Tell whether the account has a bucket."""
        return bucket in self.s3.buckets

    def has_upload(self, bucket: str, key: str, upload_id: str) -> bool:
        """Tell whether parts of an object may be uploaded under an identifier; an absent bucket is another matter."""
        kept = self.s3.buckets.get(bucket)
        upload = kept.multiparts.get(upload_id) if kept else None
        return kept is None or (upload is not None and upload.key_name == key)

    def bucket_policy(self, bucket: str) -> str | None:
        """Return the policy of a bucket as its owner wrote it."""
        kept = self.s3.buckets.get(bucket)
        return kept.policy.decode() if kept and kept.policy else None

    def queue_policy(self, queue: str, region: str) -> str | None:
        """Return the policy of a queue; SQS is imported only if somebody has called it."""
        self._application  # noqa: B018
        models = sys.modules.get("moto.sqs.models")
        kept = models.sqs_backends[self._account][region].queues.get(queue) if models else None
        return str(kept.policy) if kept and kept.policy else None

    def topic_policy(self, topic_arn: str, region: str) -> str | None:
        """Return the policy of a topic; SNS is imported only if somebody has called it."""
        self._application  # noqa: B018
        models = sys.modules.get("moto.sns.models")
        kept = models.sns_backends[self._account][region].topics.get(topic_arn) if models else None
        return str(kept.policy) if kept and kept.policy else None

    def event_buses(self) -> list[Any]:
        """Return what moto keeps of EventBridge, by region; it is imported only if somebody has called it."""
        self._application  # noqa: B018
        models = sys.modules.get("moto.events.models")
        return list(models.events_backends[self._account].values()) if models else []

    def partition_key(self, table: str, region: str) -> str | None:
        """Return the attribute that is the partition key of a table; ``None`` if there is no such table."""
        self._application  # noqa: B018
        models = sys.modules.get("moto.dynamodb.models")
        kept = models.dynamodb_backends[self._account][region].tables.get(table) if models else None
        return str(kept.hash_key_attr) if kept else None

    def tags(self, arn: str) -> Mapping[str, str]:
        """Return the tags of a resource; none if there is no such resource."""
        self._application  # noqa: B018
        try:
            return stored_tags(self._account, Arn.parse(arn))
        except ValueError:  # a resource that is not named in full has no tags
            return {}

    def object(self, bucket: str, key: str, version_id: str | None = None) -> StoredObject | None:
        """Return what is kept of an object now: of its latest version, or of a version that is named."""
        kept = self.s3.buckets.get(bucket)
        versions = kept.keys.getlist(key, []) if kept else []
        found = [version for version in list(versions) if version_id in (None, str(version.version_id))]
        if kept is None or not found:
            return None
        latest, is_versioned = found[-1], bool(kept.versioning_status)
        version = str(latest.version_id) if is_versioned else None
        if not hasattr(latest, "etag"):
            return StoredObject(0, "", version, is_delete_marker=True)
        return StoredObject(latest.size, latest.etag.strip('"'), version)

    @cached_property
    def _application(self) -> Any:
        # Whoever needs moto comes by here first. Two threads that import it at once find it half made.
        with self._lock:
            application = _moto()
            self._kept.bring_back(partial(self._ask, application))
            return application

    def _import_usual(self) -> None:
        _ = (self.iam, self.s3)
        import moto.logs.models

        _ = moto.logs.models.logs_backends[self._account]

    def _write(self, request: Request, service: str, region: str, access_key_id: str) -> Answer:
        ask = partial(self._ask, self._application)
        return self._kept.write(ask, request, service, region, access_key_id)

    def _run(self, request: Request, service: str, region: str, access_key_id: str) -> Answer:
        with repetition.at_the_time_of(self._clock):
            return self._ask(self._application, request, service, region, access_key_id)

    def _ask(self, application: Any, request: Request, service: str, region: str, access_key_id: str) -> Answer:
        from werkzeug.test import run_wsgi_app

        environ = self._environ(request, service, region, access_key_id)
        body, status, headers = run_wsgi_app(application, environ, buffered=True)
        return Answer(int(status.split(" ", 1)[0]), tuple(headers), b"".join(body))

    def _environ(self, request: Request, service: str, region: str, access_key_id: str) -> dict[str, Any]:
        """Write a call the way WSGI has it, signed in the name of the account."""
        host = request.header("host") or "localhost"
        name, _, port = host.partition(":")
        query = request.query_string
        environ: dict[str, Any] = {
            SERVICE_KEY: service,
            "REQUEST_METHOD": request.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": request.path.encode().decode("latin-1"),
            "RAW_URI": request.raw_path + (f"?{query}" if query else ""),
            "QUERY_STRING": query,
            "SERVER_NAME": name,
            "SERVER_PORT": port or "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": request.source_ip,
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(request.body),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            # moto would read a bucket's name from the host, where the judge reads it from the path.
            "HTTP_HOST": host if PLAIN_HOST.fullmatch(host) else "localhost",
            "HTTP_X_MOTO_ACCOUNT_ID": self._account,
            "HTTP_AUTHORIZATION": (
                f"AWS4-HMAC-SHA256 Credential={access_key_id}/20141113/{region}/{service}/aws4_request, "
                "SignedHeaders=host, Signature=judged"
            ),
        }
        environ |= _header_variables(request)
        environ["CONTENT_LENGTH"] = str(len(request.body))
        return environ


def _header_variables(request: Request) -> dict[str, Any]:
    from moto.core.request import PRESERVED_HEADER_NAMES_ENVIRON_KEY, should_preserve_original_header_name

    variables: dict[str, Any] = {}
    spelled: dict[str, str] = {}
    for name, value in request.headers:
        if name in NOT_PASSED_ON or name.startswith("x-moto-"):
            continue
        key = name.upper().replace("-", "_")
        key = key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
        variables[key] = f"{variables[key]},{value}" if key in variables else value
        if should_preserve_original_header_name(name):
            spelled[key] = name  # metadata keys with an underscore, which WSGI cannot tell from a dash
    return variables | {PRESERVED_HEADER_NAMES_ENVIRON_KEY: spelled}


def _moto() -> Any:
    """Import moto, and set it up as a store: AWS's managed policies exist, it judges nothing, and it is repeatable."""
    repetition.install()
    iam_extension.install()
    checksums.install()
    bus_extension.install()
    kinesis_extension.install()
    queue_extension.install()
    table_stream_extension.install()
    from moto.core.config import default_user_config
    from moto.iam.access_control import PermissionResult
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
    from moto.s3.models import FakeBucket

    class Dispatcher(DomainDispatcherApplication):
        """Goes by the service that was judged. moto's own control routes (/moto-api) are nowhere."""

        def get_application(self, environ: dict[str, Any]) -> Any:
            host = self.infer_service_region_host(environ, "/") if environ[SERVICE_KEY] != "s3" else "s3.amazonaws.com"
            backend = self.get_backend_for_host(host)
            with self.lock:
                if backend not in self.app_instances:
                    self.app_instances[backend] = self.create_app(backend)
                return self.app_instances[backend]

    default_user_config["iam"]["load_aws_managed_policies"] = True
    FakeBucket.get_permission = lambda *_: PermissionResult.NEUTRAL  # type: ignore[method-assign]
    dispatcher = Dispatcher(create_backend_app)
    # moto lists its own directory to find out which backend a host means: half of the time that a call takes.
    known = lru_cache(maxsize=REMEMBERED_HOSTS)(dispatcher.get_backend_for_host)
    dispatcher.get_backend_for_host = known  # type: ignore[method-assign]
    return dispatcher
