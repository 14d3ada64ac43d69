import boto3


def handler(event, context):
    s3 = boto3.client("s3")
    s3.put_object(Bucket="photos", Key="a/b.txt", Body=b"hello")
    return {"buckets": [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]}
