"""A small, real, local serverless platform: AWS Lambda as it was in the preview of 2014 and as it is today.

The packages are a ladder and imports only go down (the contract is in ``pyproject.toml``):

    __main__, platform   the command line, and the one place where the parts are put together
    doctor               what this host can enforce, what was left on it, and how exactly it is kept
    explaining           what the command ``explain`` says of a denial
    clock_command        what the command ``clock`` asks of a running runtime
    images               the image of the docker backend, and the command ``image``
    endpoint             HTTP in, HTTP out: who is calling, may they, which operation, which wire format
    services             the operations of Lambda in both API versions, STS, and S3's notification face
    eventsources         push, pull, rules, and the asynchronous queue
    invocation           an invocation becomes an outcome: execution environments, Runtime API, logs, metering
    identity             principals, session credentials, roles, and the judge of every call
    resources            functions, deployment packages, notifications: plain state, durable
    sandbox              a confined process tree with limits, and what this host can enforce
    policy, journal      evaluate IAM policies; the run ledger
    advance              the account's clock is advanced, and what falls due happens
    serving, generation, settings, state_directory, arn, clock, timeline, errors

The runtime is a process, not a library: the lab starts it and talks to it with boto3 over HTTP.
Nothing in here knows Jupyter.
"""
