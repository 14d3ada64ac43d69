"""Rules of EventBridge: by the clock, by a pattern, and who may bring what to whom."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.conftest import StartPlatform
from tests.endpoint.conftest import allow, policy
from tests.endpoint.events.conftest import Laboratory, short
from tests.endpoint.lambda_today.conftest import refusal

pytestmark = pytest.mark.isolation

KEEPS = """
import json
import os
import signal

def handler(event, context):
    print("GOT " + json.dumps({"event": event}))
"""


class Rules:
    """What the tests do with EventBridge."""

    def __init__(self, laboratory: Laboratory) -> None:
        self.laboratory = laboratory
        self.client = laboratory.platform.client("events")

    def to_function(self, *, may: bool = True, target: Mapping[str, Any] | None = None, **rule: str) -> tuple[str, str]:
        """Return the names of a new rule and of the function that is its target."""
        name, function = short("rule"), self.laboratory.function(KEEPS)
        arn = self.client.put_rule(Name=name, **rule)["RuleArn"]
        if may:
            self.permit(function, arn)
        self.target(name, function, **(target or {}))
        return name, function

    def permit(self, function: str, rule_arn: str) -> None:
        self.laboratory.today.add_permission(
            FunctionName=function,
            StatementId="rule",
            Action="lambda:InvokeFunction",
            Principal="events.amazonaws.com",
            SourceArn=rule_arn,
        )

    def target(self, rule: str, function: str, **settings: Any) -> None:
        arn = self.laboratory.today.get_function_configuration(FunctionName=function)["FunctionArn"]
        answer = self.client.put_targets(Rule=rule, Targets=[{"Id": "1", "Arn": arn, **settings}])
        assert answer["FailedEntryCount"] == 0

    def put(self, source: str, **detail: Any) -> str:
        entry = {"Source": source, "DetailType": "order", "Detail": json.dumps(detail), "Resources": ["arn:r"]}
        (answer,) = self.client.put_events(Entries=[entry])["Entries"]
        return str(answer["EventId"])

    def got(self, function: str) -> list[Any]:
        return [each["event"] for each in self.laboratory.got(function)]


@pytest.fixture
def rules(laboratory: Laboratory) -> Iterator[Rules]:
    """Return the rules of a test, which are gone afterwards: a rate would go on in the others."""
    rules = Rules(laboratory)
    yield rules
    for rule in rules.client.list_rules()["Rules"]:
        targets = rules.client.list_targets_by_rule(Rule=rule["Name"])["Targets"]
        if targets:
            rules.client.remove_targets(Rule=rule["Name"], Ids=[target["Id"] for target in targets])
        rules.client.delete_rule(Name=rule["Name"])


def test_a_rate_invokes_its_function_again_and_again(rules: Rules) -> None:
    name, function = rules.to_function(ScheduleExpression="rate(5 minutes)")

    rules.laboratory.advance("16m")
    rules.laboratory.until(lambda: len(rules.got(function)) == 3)

    event = rules.got(function)[0]
    arn = rules.client.describe_rule(Name=name)["Arn"]
    assert event.pop("id")
    assert event.pop("time").endswith("Z")
    assert event == {
        "version": "0",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "123456789012",
        "region": "us-east-1",
        "resources": [arn],
        "detail": {},
    }
    runs = [entry["facts"] for entry in rules.laboratory.entries() if entry["kind"] == "invocation"]
    (caller,) = {run["caller"] for run in runs if run["function"] == function}
    assert caller == "events.amazonaws.com"
    told = [entry["facts"] for entry in rules.laboratory.entries() if entry["kind"] == "rule"]
    assert [one["status"] for one in told if one["rule"] == arn] == ["accepted"] * 3


def test_a_cron_expression_goes_by_the_calendar(rules: Rules) -> None:
    _, function = rules.to_function(ScheduleExpression="cron(0 18 * * ? *)")

    rules.laboratory.advance("48h")
    rules.laboratory.until(lambda: len(rules.got(function)) == 2)

    assert {event["time"][10:] for event in rules.got(function)} == {"T18:00:00Z"}


def test_a_rule_that_is_switched_off_does_nothing(rules: Rules) -> None:
    name, function = rules.to_function(ScheduleExpression="rate(1 hour)")
    rules.client.disable_rule(Name=name)

    rules.laboratory.advance("2h")
    assert rules.got(function) == []
    rules.client.enable_rule(Name=name)
    rules.laboratory.advance("61m")

    rules.laboratory.until(lambda: len(rules.got(function)) == 1)
    rules.client.remove_targets(Rule=name, Ids=["1"])
    rules.client.delete_rule(Name=name)
    rules.laboratory.advance("2h")
    assert len(rules.got(function)) == 1


def test_events_that_are_put_go_where_a_pattern_says(rules: Rules) -> None:
    pattern = json.dumps({"source": ["shop"], "detail": {"price": [{"numeric": [">", 100]}]}})
    _, function = rules.to_function(EventPattern=pattern)

    rules.put("shop", price=5)
    rules.put("elsewhere", price=500)
    identifier = rules.put("shop", price=500)
    rules.laboratory.until(lambda: rules.got(function))

    (event,) = rules.got(function)
    assert (event["id"], event["source"], event["detail-type"]) == (identifier, "shop", "order")
    assert (event["detail"], event["resources"]) == ({"price": 500}, ["arn:r"])


def test_a_target_gets_what_is_asked_for_it(rules: Rules) -> None:
    pattern = json.dumps({"source": ["inputs"]})
    _, constant = rules.to_function(EventPattern=pattern, target={"Input": '{"a": 1}'})
    _, a_part = rules.to_function(EventPattern=pattern, target={"InputPath": "$.detail.b"})
    transformer = {"InputPathsMap": {"b": "$.detail.b"}, "InputTemplate": '{"said": "it is <b>", "raw": <b>}'}
    _, transformed = rules.to_function(EventPattern=pattern, target={"InputTransformer": transformer})

    rules.put("inputs", b={"c": 2})
    rules.laboratory.until(lambda: all(rules.got(each) for each in (constant, a_part, transformed)))

    assert rules.got(constant) == [{"a": 1}]
    assert rules.got(a_part) == [{"c": 2}]
    assert rules.got(transformed) == [{"said": 'it is {"c": 2}', "raw": {"c": 2}}]


def test_a_function_that_does_not_let_the_rule_in_is_not_invoked_and_the_journal_says_why(rules: Rules) -> None:
    name, function = rules.to_function(may=False, EventPattern=json.dumps({"source": ["stranger"]}))

    rules.put("stranger")
    arn = rules.client.describe_rule(Name=name)["Arn"]
    (told,) = rules.laboratory.until(lambda: _told(rules, arn))

    assert told["status"] == "refused"
    assert "events.amazonaws.com" in told["message"]
    denials = [entry["facts"] for entry in rules.laboratory.entries() if entry["kind"] == "denial"]
    assert [denial["principal"] for denial in denials if denial.get("trace_id") == told["trace_id"]]
    rules.permit(function, arn.replace("rule/", "rule/another-"))
    rules.put("stranger")
    assert [one["status"] for one in rules.laboratory.until(lambda: len(_told(rules, arn)) == 2 and _told(rules, arn))]
    assert rules.got(function) == []


def _told(rules: Rules, arn: str) -> list[Mapping[str, Any]]:
    entries = rules.laboratory.entries()
    return [entry["facts"] for entry in entries if entry["kind"] == "rule" and entry["facts"]["rule"] == arn]


def test_a_queue_can_be_a_target_if_its_policy_says_so(rules: Rules) -> None:
    url, queue = rules.laboratory.queue()
    arn = rules.client.put_rule(Name="to-queue", EventPattern=json.dumps({"source": ["queue"]}))["RuleArn"]
    rules.client.put_targets(Rule="to-queue", Targets=[{"Id": "q", "Arn": queue}])
    rules.put("queue")
    (told,) = rules.laboratory.until(lambda: _told(rules, arn))
    assert told["status"] == "refused"

    statement = allow("sqs:SendMessage", queue, Principal={"Service": "events.amazonaws.com"})
    rules.laboratory.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy(statement)})
    identifier = rules.put("queue")

    (message,) = rules.laboratory.until(lambda: rules.laboratory.sqs.receive_message(QueueUrl=url).get("Messages"))
    assert json.loads(message["Body"])["id"] == identifier


@pytest.mark.parametrize(
    "expression", ["rate(5 minute)", "rate(1 minutes)", "cron(0 18 * * * *)", "cron(61 * * * ? *)"]
)
def test_a_schedule_that_is_none_is_refused(rules: Rules, expression: str) -> None:
    answer = refusal(rules.client.put_rule, Name="wrong", ScheduleExpression=expression)

    assert (answer["code"], answer["status"]) == ("ValidationException", 400)
    assert answer["message"].startswith("Parameter ScheduleExpression is not valid.")


def test_a_pattern_that_is_none_is_refused(rules: Rules) -> None:
    answer = refusal(rules.client.put_rule, Name="wrong", EventPattern='{"source": "shop"}')

    assert (answer["code"], answer["status"]) == ("InvalidEventPatternException", 400)


def test_a_target_that_nothing_could_be_brought_to_is_refused(rules: Rules) -> None:
    rules.client.put_rule(Name="far", ScheduleExpression="rate(1 day)")
    stream = "arn:aws:kinesis:us-east-1:123456789012:stream/s"

    answer = refusal(rules.client.put_targets, Rule="far", Targets=[{"Id": "1", "Arn": stream}])

    assert answer["code"] == "NotImplementedException"


@pytest.mark.parametrize(
    "arn", ["arn:aws:sqs:us-east-1:123456789012:", "arn:aws:lambda:us-east-1:123456789012:function"]
)
def test_a_target_that_names_nothing_is_refused(rules: Rules, arn: str) -> None:
    rules.client.put_rule(Name="nowhere", ScheduleExpression="rate(1 day)")

    answer = refusal(rules.client.put_targets, Rule="nowhere", Targets=[{"Id": "1", "Arn": arn}])

    assert (answer["code"], answer["status"]) == ("ValidationException", 400)


def test_who_may_make_rules_is_judged_by_their_arns(rules: Rules) -> None:
    iam = rules.laboratory.iam
    iam.create_user(UserName="scheduler")
    rights = policy(allow("events:PutRule", "arn:aws:events:us-east-1:123456789012:rule/mine-*"))
    iam.put_user_policy(UserName="scheduler", PolicyName="rights", PolicyDocument=rights)
    key = iam.create_access_key(UserName="scheduler")["AccessKey"]
    keys = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    events = rules.laboratory.platform.client("events", **keys)

    assert events.put_rule(Name="mine-1", ScheduleExpression="rate(1 day)")["RuleArn"].endswith("rule/mine-1")
    refused = refusal(events.put_rule, Name="other", ScheduleExpression="rate(1 day)")
    events_refused = refusal(events.put_events, Entries=[{"Source": "s", "DetailType": "d", "Detail": "{}"}])

    assert "events:PutRule on resource: arn:aws:events:us-east-1:123456789012:rule/other" in refused["message"]
    assert "event-bus/default" in events_refused["message"]


def test_a_rate_goes_on_in_the_same_steps_after_a_restart(start_platform: StartPlatform) -> None:

    first = Laboratory(start_platform())
    rules = Rules(first)
    _, function = rules.to_function(ScheduleExpression="rate(1 hour)")
    first.advance("61m")
    first.until(lambda: rules.got(function))
    (before,) = rules.got(function)
    os.kill(first.platform.pid, signal.SIGKILL)

    second = Laboratory(start_platform(state=first.platform.state))
    second.advance("61m")
    second.until(lambda: len(Rules(second).got(function)) == 2)

    after = Rules(second).got(function)[1]
    assert before["time"][13:] == after["time"][13:]
