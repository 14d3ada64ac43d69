def handler(event, context):
    print("echoing")
    return event
