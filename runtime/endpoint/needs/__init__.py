"""Which IAM actions on which resources the operations of each service need: one small module a service."""
