"""Where events come from: push, pull, the rules of EventBridge, and the asynchronous queue."""
