# Makes what apps refer to and do not own, for the stages that args[1:] name.
app, stages = args[0], args[1:]
for stage in stages:
    name = f"{app}-{stage}"
    where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    client("s3").create_bucket(Bucket=f"{name}-uploads", **where)
    client("sqs").create_queue(QueueName=f"{name}-jobs", Attributes={"VisibilityTimeout": "60"})
    client("sns").create_topic(Name=f"{name}-news")
    client("dynamodb").create_table(
        TableName=f"{name}-things",
        AttributeDefinitions=[{"AttributeName": "ID", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "ID", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
