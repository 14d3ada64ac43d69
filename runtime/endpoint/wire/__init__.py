"""The protocols that AWS's services speak, one small module each.

Each has ``refusal(error, operation, request_id)``, which says a :class:`~runtime.errors.ServiceError` the way this
protocol does. Those that our own services speak (rest-json, query, rest-xml) also have
``parse(operation, labels, request)``, which gives the parameters by the names that the model has for them, and
``answer(operation, output, request_id)``. What moto answers passes through untouched and comes by none of them.
"""
