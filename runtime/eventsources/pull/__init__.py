"""Pull: the platform reads streams and queues, and invokes functions with what it finds there."""
