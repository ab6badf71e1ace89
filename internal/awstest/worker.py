"""Runs scripts of boto3, one a line of JSON, so that Python and boto3 are
loaded once. A script has args, region, client(service) and all that is here."""
import contextlib
import io
import json
import os
import sys
import traceback

import boto3
from botocore.config import Config

clients = {}


def make_client(service, region):
    key = service, region
    if key not in clients:
        clients[key] = boto3.client(
            service, region_name=region, config=Config(retries={"max_attempts": 8}, s3={"addressing_style": "path"})
        )
    return clients[key]


out = sys.stdout
for line in sys.stdin:
    request = json.loads(line)
    region = request["region"]
    names = {
        "args": request["args"] or [],
        "region": region,
        "client": lambda service, region=region: make_client(service, region),
        "json": json,
        "boto3": boto3,
    }
    printed = io.StringIO()
    answer = {}
    try:
        with contextlib.redirect_stdout(printed):
            exec(compile(request["script"], "script", "exec"), names)
    except BaseException:
        answer["error"] = traceback.format_exc()
    answer["out"] = printed.getvalue()
    out.write(json.dumps(answer) + "\n")
    out.flush()
