import os


def handler(event, context):
    return {
        "event": event,
        "arn": context.invoked_function_arn,
        "memory": context.memory_limit_in_mb,
        "remaining": context.get_remaining_time_in_millis(),
        "runtime": os.environ.get("AWS_EXECUTION_ENV"),
        "handler": os.environ["_HANDLER"],
        "path": os.environ["PATH"],
        "folders": os.environ["LD_LIBRARY_PATH"],
    }
