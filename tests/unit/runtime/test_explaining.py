"""``python -m runtime explain``: from the journal, and from files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from runtime.__main__ import main
from runtime.clock import SystemClock
from runtime.journal import Journal

USER = "arn:aws:iam::123456789012:user/alice"
SESSION = "arn:aws:sts::123456789012:assumed-role/thumbnailer/resize"
PHOTO = "arn:aws:s3:::photos/cat.jpg"
TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}


def written(path: Path, **statement: Any) -> str:
    full = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", **statement}
    kept = {key: value for key, value in full.items() if value is not None}
    path.write_text(json.dumps({"Version": "2012-10-17", "Statement": kept}))
    return str(path)


def said(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> str:
    assert main(["explain", *arguments]) == status
    captured = capsys.readouterr()
    return captured.err if status else captured.out


def test_a_policy_is_tried_before_it_is_attached(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(tmp_path / "read.json", Sid="Read", Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})
    asked = ("--principal", USER, "--action", "s3:GetObject", "--resource", PHOTO, "--policy", file)

    denied = said(capsys, *asked, "--context", "aws:SourceIp=203.0.113.7")
    allowed = said(capsys, *asked, "--context", "aws:SourceIp=10.1.2.3")

    assert denied.startswith("implicit deny\n")
    assert "Allow; action yes, principal yes, resource yes, condition no" in denied
    assert 'IpAddress wants aws:SourceIp to be "10.0.0.0/8", and it is "203.0.113.7"' in denied
    assert allowed.startswith("allow\n")


def test_every_kind_of_policy_has_its_option(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    all_rights, only_logs = written(tmp_path / "all.json", Action="*"), written(tmp_path / "logs.json", Action="logs:*")
    asked = ("--principal", SESSION, "--action", "s3:GetObject", "--resource", PHOTO, "--policy", all_rights)
    role = "arn:aws:iam::123456789012:role/thumbnailer"
    of_bucket = written(tmp_path / "bucket.json", Principal={"AWS": role}, Effect="Deny", Resource=f"{PHOTO}")

    assert said(capsys, *asked).startswith("allow\n")
    assert 'logs.json" does not, and both must' in said(capsys, *asked, "--boundary", only_logs)
    assert 'the session policy "' in said(capsys, *asked, "--session-policy", only_logs)
    assert said(capsys, *asked, "--resource-policy", of_bucket).startswith("explicit deny\n")


@pytest.mark.parametrize(
    ("principal", "verdict"), [("lambda.amazonaws.com", "allow"), ("s3.amazonaws.com", "implicit deny")]
)
def test_a_trust_policy_is_tried_for_a_service(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], principal: str, verdict: str
) -> None:
    file = written(tmp_path / "trust.json", **TRUST, Resource=None)
    role = "arn:aws:iam::123456789012:role/thumbnailer"

    output = said(
        capsys, "--principal", principal, "--action", "sts:AssumeRole", "--resource", role, "--trust-policy", file
    )

    assert output.startswith(f"{verdict}\n")


def test_another_account_needs_the_resources_own_policy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stranger = "arn:aws:iam::210987654321:user/bob"
    rights = written(tmp_path / "all.json", Action="*")
    of_bucket = written(tmp_path / "bucket.json", Principal={"AWS": "210987654321"}, Resource="arn:aws:s3:::photos/*")
    asked = ("--principal", stranger, "--action", "s3:GetObject", "--resource", PHOTO, "--policy", rights)

    assert "no policy on that resource allows it" in said(capsys, *asked)
    assert said(capsys, *asked, "--resource-policy", of_bucket).startswith("allow\n")


def test_the_trace_is_json_for_programs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = said(capsys, "--principal", USER, "--action", "s3:GetObject", "--resource", PHOTO, "--json")

    assert json.loads(output)["verdict"] == "implicit deny"


def test_the_last_denial_of_a_journal_is_explained_and_the_ones_before(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = Journal(tmp_path / "journal.sqlite3", SystemClock())
    journal.append("denial", {"message": "AWS said one.", "explanation": "Because of one.", "trace": None})
    journal.append("assumption", {"granted": True, "message": "", "explanation": "fine", "trace": None})
    journal.append("assumption", {"granted": False, "message": "AWS said two.", "explanation": "Two.", "trace": None})

    last = said(capsys, "--state", str(tmp_path))
    before = said(capsys, "--state", str(tmp_path), "--back", "1")
    journal.close()

    assert "AWS said two.\nTwo." in last
    assert "AWS said one.\nBecause of one." in before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "There is no journal in"),
        (("--action", "s3:GetObject"), "Who asks?"),
        (("--action", "s3:GetObject", "--principal", USER, "--context", "x"), "'x' is no KEY=VALUE"),
        (("--action", "s3:GetObject", "--principal", USER, "--policy", "/nowhere.json"), "cannot be read"),
        (("--action", "s3:GetObject", "--principal", USER, "--policy", "{empty}"), "AWS would answer: Syntax errors"),
    ],
)
def test_what_cannot_be_explained_is_said_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str
) -> None:
    (tmp_path / "empty.json").touch()
    given = [argument.replace("{empty}", str(tmp_path / "empty.json")) for argument in arguments]

    output = said(capsys, "--state", str(tmp_path), *given, status=1)

    assert output.startswith("runtime: ")
    assert words in output
    assert not (tmp_path / "journal.sqlite3").exists()


def test_a_journal_without_that_many_denials_says_how_many_there_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Journal(tmp_path / "journal.sqlite3", SystemClock()).close()

    assert "has 0 denials" in said(capsys, "--state", str(tmp_path), status=1)
