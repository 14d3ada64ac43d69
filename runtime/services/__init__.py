"""The operations, by botocore's names: Lambda in both API versions, STS, S3's notification face."""
