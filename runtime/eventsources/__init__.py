"""Where events come from: push sources and the asynchronous queue."""
