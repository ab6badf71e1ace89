package diag

// sourceCodes are told by the event sources themselves, in step 3.
func sourceCodes() []Code {
	return []Code{
		{"batch-needs-window", Error, "A large batch of a queue needs a batching window",
			"Lambda takes batches of more than 10 messages only where it may wait for them. Set maximum_batching_window " +
				"to at least 1 second."},
		{"fifo-queue", Error, "A FIFO queue cannot do this",
			"FIFO queues give 10 messages at most at once, and Lambda does not wait for a batch to fill."},
		{"fifo-topic", Error, "A FIFO topic does not run functions",
			"Only queues can subscribe to a FIFO topic. Subscribe one, and take the messages from there."},
		{"filter-policy-missing", Warning, "filter_policy_scope stands alone",
			"The scope says what filter_policy looks at, and has no effect without it."},
		{"filter-policy-scope", Error, "A filter policy is nested, but looks at attributes",
			"Attributes of a message are not nested. For keys of its body, set filter_policy_scope to MessageBody."},
		{"filter-without-match", Warning, "A filter looks at a part that no record has",
			"Filters look at a record as Lambda gets it: what the data itself holds stands below body, data or dynamodb."},
		{"foreign-bus", Error, "An event bus is in another account or region",
			"A rule stands where its bus is, and calls functions of its own region only, those of another account only by a " +
				"role of its own account, which nobody else can give it. Let a rule on that bus send the events to a bus of the " +
				"account and region of the function, and name this one as bus. What the account is, deploy knows."},
		{"invalid-pattern", Error, "An event pattern is not one that AWS takes",
			"In a pattern each key holds a list of values and operators, or keys in turn."},
		{"notification-conflict", Error, "Two functions would get one event of a bucket",
			"S3 refuses notifications of one bucket and event whose prefixes and suffixes overlap, since an object could " +
				"fit both."},
		{"redundant-event", Warning, "An event is included in another one",
			"An event such as s3:ObjectCreated:* includes all that begin like it."},
		{"shared-queue", Warning, "Two functions take messages from one queue",
			"Each message reaches one of them, and a message that one filters out is deleted for both."},
		{"stream-readers", Warning, "More than two functions read the stream of a table",
			"DynamoDB slows down readers of a stream where there are more than two."},
	}
}
