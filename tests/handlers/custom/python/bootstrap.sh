#!/bin/sh
# AWS's runtime for Python, unmodified, as a custom runtime: it lies in the package beside the function.
exec /usr/bin/python3 -m awslambdaric "$_HANDLER"
