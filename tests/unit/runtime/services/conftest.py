"""A fresh account for every test of a service."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.session import get_session

from runtime.eventsources.push import S3Push
from runtime.identity.authority import Authority
from runtime.identity.principal import Credentials
from runtime.journal import Journal
from runtime.resources.account import Account
from runtime.resources.packages import PackageStore
from runtime.services.collaborators import Collaborators
from runtime.services.lambda_preview import lambda_preview
from runtime.services.lambda_today import lambda_today
from runtime.services.lambda_today.policies import LambdaFacts
from runtime.services.locations import PackageLocations
from runtime.services.s3_notifications import S3Notifications
from runtime.services.transitions import Transitions
from runtime.settings import Settings
from tests.unit.runtime.services.laboratory import (
    ACCOUNT,
    FakeCaller,
    FakeDirectory,
    FakeInvoker,
    FakeQueue,
    Lab,
    SetClock,
    Validated,
    model_of_s3,
)


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    clock, directory = SetClock(), FakeDirectory()
    journal = Journal(tmp_path / "journal.sqlite3", clock)
    account, packages = Account(tmp_path / "lab.sqlite3"), PackageStore(tmp_path / "packages")
    directory.policies_of_functions = LambdaFacts(account).policy
    credentials = Credentials("AKIAROOT", "secret")
    authority = Authority(
        account=ACCOUNT, root=credentials, directory=directory, journal=journal, clock=clock, is_strict=True
    )
    invoker, queue, caller = FakeInvoker(), FakeQueue(), FakeCaller()
    settings = Settings(
        host="127.0.0.1",
        port=0,
        state=tmp_path,
        parts=tmp_path,
        backend="namespaces",
        is_strict=True,
        region="us-east-1",
        account=ACCOUNT,
    )
    collaborators = Collaborators(
        account=account,
        packages=packages,
        invoker=invoker,  # type: ignore[arg-type]  # a fake at the seam, and so the queue
        queue=queue,  # type: ignore[arg-type]
        authority=authority,
        caller=caller,
        journal=journal,
        settings=settings,
        clock=clock,
        transitions=Transitions(clock, 0.0),
        locations=PackageLocations(clock),
    )
    push = S3Push(
        account=account,
        authority=authority,
        caller=caller,
        journal=journal,
        clock=clock,
        region="us-east-1",
        begin=lambda _: None,
        put_on_bus=lambda *_: None,
    )
    models = get_session()
    yield Lab(
        account,
        packages,
        invoker,
        queue,
        directory,
        caller,
        clock,
        journal,
        collaborators.locations,
        Validated(models.get_service_model("lambda", "2014-11-11"), *lambda_preview(collaborators)),
        Validated(models.get_service_model("lambda", "2015-03-31"), *lambda_today(collaborators)),
        Validated(
            model_of_s3(),
            S3Notifications(account=account, authority=authority, caller=caller, push=push, clock=clock),
        ),
        authority.root.principal,
    )
    account.close()
    journal.close()
