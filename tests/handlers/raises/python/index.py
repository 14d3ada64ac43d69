def handler(event, context):
    raise RuntimeError("out of luck")
