package diag

// deployCodes are told when it is worked out what must exist in AWS.
func deployCodes() []Code {
	return []Code{
		{"api-too-large", Error, "The document of the REST API is larger than API Gateway takes",
			"A REST API is imported as one OpenAPI document, of at most 6 MB. Paths joined under {proxy+} are one."},
		{"policy-over-limit", Error, "The policy of a role is larger than IAM takes",
			"The policies of a role have 10,240 characters together, without white space, and what was done to make this " +
				"one smaller was not enough. Split the function, state patterns of resources, or give it managed_policies " +
				"or a role_arn."},
		{"private-domain", Error, "A private API has a custom domain",
			"Domains of private APIs are of another kind in AWS, which this version does not make."},
		{"resource-conflict", Error, "Two things would be the same resource in AWS",
			"What is made in AWS has a name, by which it is found again: two different resources cannot share one."},
		{"websocket-not-deployable", Error, "A WebSocket API cannot be deployed yet",
			"This version of chalicefile runs WebSocket APIs locally and builds them, but does not deploy them."},
		{"zip-too-large", Error, "The zip of the functions is larger than Lambda takes",
			"A zip goes to Lambda in a call of at most 50 MB. What makes it large is what the binary embeds and imports."},
	}
}
