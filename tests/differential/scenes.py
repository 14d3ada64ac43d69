"""What the generated cases are made of: actions, resources and patterns near them, operators with keys and values."""

from __future__ import annotations

from dataclasses import dataclass

HERE, ELSEWHERE = "123456789012", "210987654321"


@dataclass(frozen=True)
class Scene:
    """An action, the resources that it may be about, and patterns that are near them."""

    action: str
    resources: tuple[str, ...]
    actions: tuple[str, ...]
    patterns: tuple[str, ...]
    has_resource_policy: bool = True


SCENES = (
    Scene(
        "s3:GetObject",
        (
            "arn:aws:s3:::photos/cat.jpg",
            "arn:aws:s3:::photos/alice/cat.jpg",
            "arn:aws:s3:::Photos/a+b",
        ),
        (
            "s3:GetObject",
            "S3:getobject",
            "s3:Get*",
            "s3:?etObject",
            "s3:*",
            "*",
            "s3:PutObject",
            "dynamodb:*",
            "s3:GetObject?",
        ),
        (
            "*",
            "arn:aws:s3:::photos/*",
            "arn:aws:s3:::photos/?at.jpg",
            "arn:aws:s3:::*/cat.jpg",
            "arn:aws:s3:::photos/${aws:username}/*",
            "arn:aws:s3:::photos/${aws:Referer, 'alice'}/cat.jpg",
            "arn:aws:s3:::photos",
            "arn:aws:s3:::PHOTOS/*",
            "arn:aws:s3:::photos/cat.jpg",
            "arn:aws:s3:::other/*",
        ),
    ),
    Scene(
        "s3:ListBucket",
        ("arn:aws:s3:::photos",),
        ("s3:ListBucket", "s3:List*", "s3:*", "s3:GetObject"),
        ("*", "arn:aws:s3:::photos", "arn:aws:s3:::ph?tos", "arn:aws:s3:::photos/*"),
    ),
    Scene(
        "dynamodb:GetItem",
        (f"arn:aws:dynamodb:us-east-1:{HERE}:table/pets",),
        ("dynamodb:GetItem", "dynamodb:*Item", "dynamodb:BatchGetItem", "*"),
        (
            "*",
            f"arn:aws:dynamodb:us-east-1:{HERE}:table/pets",
            f"arn:aws:dynamodb:*:{HERE}:table/*",
            f"arn:aws:dynamodb:us-east-1:{HERE}:table/people",
            "arn:aws:dynamodb:*:*:*",
        ),
        has_resource_policy=False,
    ),
    Scene(
        "lambda:InvokeFunction",
        (f"arn:aws:lambda:us-east-1:{HERE}:function:resize",),
        ("lambda:InvokeFunction", "lambda:Invoke*", "lambda:*", "lambda:invokefunction", "lambda:GetFunction"),
        (
            "*",
            f"arn:aws:lambda:us-east-1:{HERE}:function:resize",
            f"arn:aws:lambda:us-east-1:{HERE}:function:*",
            f"arn:aws:lambda:us-east-1:{HERE}:function:resize:live",
        ),
    ),
    Scene(
        "sqs:SendMessage",
        (f"arn:aws:sqs:us-east-1:{HERE}:jobs",),
        ("sqs:SendMessage", "SQS:SendMessage", "sqs:*", "sqs:ReceiveMessage"),
        ("*", f"arn:aws:sqs:us-east-1:{HERE}:jobs", f"arn:aws:sqs:*:{HERE}:j*", f"arn:aws:sqs:us-east-1:{HERE}:other"),
    ),
    Scene(
        "sts:AssumeRole",
        (f"arn:aws:iam::{HERE}:role/thumbnailer",),
        ("sts:AssumeRole", "sts:*", "sts:TagSession", "sts:Assume*"),
        (
            "*",
            f"arn:aws:iam::{HERE}:role/thumbnailer",
            f"arn:aws:iam::{HERE}:role/*",
            f"arn:aws:iam::{HERE}:role/other",
        ),
    ),
    Scene(
        "kms:Decrypt",
        (f"arn:aws:kms:us-east-1:{HERE}:key/1234abcd-12ab-34cd-56ef-1234567890ab",),
        ("kms:Decrypt", "kms:*", "kms:Encrypt"),
        ("*", f"arn:aws:kms:us-east-1:{HERE}:key/*", f"arn:aws:kms:*:{HERE}:key/1234abcd*"),
    ),
)

TEXTS = (
    "alice",
    "Alice",
    "bob",
    "al*",
    "?lice",
    "${aws:username}",
    "${aws:Referer}",
    "${aws:Referer, 'alice'}",
    "*",
    "",
)
ARNS = (
    f"arn:aws:iam::{HERE}:user/alice",
    "arn:aws:iam::*:user/*",
    f"arn:aws:iam::{HERE}:role/*",
    "arn:aws:*:*:*:*",
    "arn:aws:iam::${aws:PrincipalAccount}:user/alice",
    "arn:aws:s3:::photos",
)
NUMBERS = ("5", "10", "10.0", "11", "-3")
DATES = ("2014-11-13T18:30:00Z", "2014-11-14T00:00:00Z", "2013-01-01T00:00:00Z", "2030-06-01")
ADDRESSES = ("203.0.113.0/24", "203.0.113.7", "10.0.0.0/8", "2001:db8::/32", "0.0.0.0/0")
TRUTHS = ("true", "false", "True")
BYTES = ("QmlnIGNhdA==", "QQ==")
ORDERED = ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
EXACT = ("StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase")
Names = tuple[str, ...]
FAMILIES: tuple[tuple[Names, Names, Names], ...] = (
    (
        (*EXACT, "StringLike", "StringNotLike"),
        ("aws:username", "aws:UserAgent", "AWS:referer", "aws:PrincipalTag/team"),
        TEXTS,
    ),
    (("ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"), ("aws:PrincipalArn", "aws:SourceArn"), ARNS),
    (tuple(f"Numeric{name}" for name in ORDERED), ("aws:MultiFactorAuthAge",), NUMBERS),
    (tuple(f"Date{name}" for name in ORDERED), ("aws:CurrentTime", "aws:TokenIssueTime"), DATES),
    (("Bool",), ("aws:SecureTransport", "aws:MultiFactorAuthPresent"), TRUTHS),
    (("IpAddress", "NotIpAddress"), ("aws:SourceIp",), ADDRESSES),
    (("Null",), ("aws:username", "aws:Referer", "aws:TagKeys"), ("true", "false")),
    (("BinaryEquals",), ("aws:UserAgent",), BYTES),
)
"""Operators, the keys that they may ask for, and values near those that requests have."""
MANY = ("stage", "team", "cost", "st*")
