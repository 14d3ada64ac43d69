"""Serve, and let boto3 invoke a function in each language that writes to /tmp; print what the journal says of each run.

Arguments: the state directory, and what else is to be said to ``serve``.
"""

import configparser
import io
import json
import subprocess
import sys
import time
import urllib.request
import zipfile
from pathlib import Path

import boto3

HANDLERS = Path(__file__).parents[2] / "handlers" / "remembers"
TODAY = {"python": "python", "nodejs_current": "nodejs2"}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
LOGS = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "logs:*", "Resource": "*"}]}
state = Path(sys.argv[1])


def package(language):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for path in (HANDLERS / language).iterdir():
            archive.writestr(path.name, path.read_bytes())
    return content.getvalue()


def journal():
    with urllib.request.urlopen(f"{url}/_lab/journal?after=0&limit=1000") as answer:
        return [entry["facts"] for entry in json.load(answer)["entries"] if entry["kind"] == "invocation"]


runtime = subprocess.Popen(
    [sys.executable, "-m", "runtime", "serve", "--port", "0", "--state", state, *sys.argv[2:]],
    stdout=subprocess.PIPE,
    text=True,
)
try:
    url = runtime.stdout.readline().split()[1]
    with urllib.request.urlopen(f"{url}/_lab/status") as answer:
        runtimes = json.load(answer)["runtimes"]
    keys = configparser.ConfigParser()
    keys.read(state / "credentials")
    session = boto3.Session(region_name="us-east-1", **dict(keys["default"]))
    iam = session.client("iam", endpoint_url=url)
    role = iam.create_role(RoleName="any", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    iam.put_role_policy(RoleName="any", PolicyName="logs", PolicyDocument=json.dumps(LOGS))
    today = session.client("lambda", endpoint_url=url)
    preview = session.client("lambda", endpoint_url=url, api_version="2014-11-11")
    settings = {"Role": role, "Handler": "index.handler", "MemorySize": 512, "Timeout": 20}
    for language, beginning in TODAY.items():
        identifier = next(one for one in runtimes if one.startswith(beginning))
        code = {"ZipFile": package(language)}
        today.create_function(FunctionName=language, Runtime=identifier, Code=code, **settings)
        today.invoke(FunctionName=language, Payload=b"{}")
    preview.upload_function(
        FunctionName="nodejs", Runtime="nodejs", Mode="event", FunctionZip=package("nodejs"), **settings
    )
    preview.invoke_async(FunctionName="nodejs", InvokeArgs=b"{}")
    deadline = time.monotonic() + 30
    while len(journal()) < 3 and time.monotonic() < deadline:
        time.sleep(0.1)
    print(json.dumps(journal()))
finally:
    runtime.terminate()
sys.exit(runtime.wait(20))
