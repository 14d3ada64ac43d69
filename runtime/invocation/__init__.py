"""An invocation becomes an outcome: execution environments, Runtime API, logs, metering."""
