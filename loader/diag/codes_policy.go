package diag

// policyCodes are told when policies are made of the app's code.
func policyCodes() []Code {
	return []Code{
		{"aws-client-unknown", Warning, "The client of a call of AWS cannot be told",
			"The generated policy allows what clients of aws-sdk-go-v2 are seen to call. A call by reflection, or through " +
				"an interface or a function value that nothing fits, is not seen: state what it needs in iam.statements."},
		{"aws-operation-unknown", Warning, "An operation of AWS is not in the table",
			"Which actions an operation needs stands in a table of all services; a newer operation may be missing there, " +
				"and is never guessed. State what it needs in iam.statements."},
		{"aws-request-signed", Warning, "A request to AWS is signed by hand",
			"What such a request asks for cannot be told. State what it needs in iam.statements."},
		{"aws-sdk-v1", Warning, "The code imports aws-sdk-go v1",
			"Calls through the first SDK, which AWS supports no more, are not found. Move to aws-sdk-go-v2, or state what " +
				"they need in iam.statements."},
		{"policy-statement", Error, "A statement is none that IAM takes",
			"Statements have the keys of IAM's JSON: Effect; Action or NotAction; Resource or NotResource; Condition."},
		{"policy-too-large", Warning, "A policy is larger than IAM takes",
			"The policies of a role have 10,240 characters together, without white space. A generated policy is made " +
				"smaller by making one of statements with the same actions, and where that is not enough, of those of one " +
				"service, which allows more. Patterns in iam.statements cover many resources in few characters."},
	}
}
