"""The lines that one invocation left in CloudWatch Logs, read with boto3 as anybody would."""

from __future__ import annotations

from typing import Any


def log_lines(group: str, stream: str, request_id: str) -> list[str]:
    """Return the lines that belong to a request; nothing if no log was delivered."""
    import boto3

    logs = boto3.client("logs")
    lines: list[str] = []
    try:
        for event in _events(logs, group, stream):
            lines.extend(event["message"].rstrip("\n").split("\n"))
    except logs.exceptions.ResourceNotFoundException:
        # The execution role may not write logs, or the log group was deleted: then there are none.
        return []
    return _of_request(lines, request_id)


def _events(logs: Any, group: str, stream: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    token: dict[str, str] = {}
    while True:
        page = logs.get_log_events(logGroupName=group, logStreamName=stream, startFromHead=True, **token)
        found.extend(page["events"])
        if not page["events"] or page["nextForwardToken"] == token.get("nextToken"):
            return found
        token = {"nextToken": page["nextForwardToken"]}


def _of_request(lines: list[str], request_id: str) -> list[str]:
    starts = [at for at, line in enumerate(lines) if line.startswith("START RequestId: ")]
    own = next((at for at in starts if lines[at].startswith(f"START RequestId: {request_id}")), None)
    if own is None:
        return []
    # What stands before the first START was printed while the code was loaded: it belongs to the cold start.
    begins = 0 if own == starts[0] else own
    ends = next((at for at in starts if at > own), None)
    return [line for line in lines[begins:ends] if line.strip()]
