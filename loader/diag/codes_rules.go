package diag

// ruleCodes are told by the rules of meaning: step 3.
func ruleCodes() []Code {
	return []Code{
		{"certificate-region", Error, "A certificate is in a region where the API cannot use it",
			"An edge API takes its certificate from us-east-1 alone. Take one of there, or make the API regional."},
		{"cors-conflict", Error, "A path has cors and a method OPTIONS",
			"With cors the path answers OPTIONS itself. Keep the one or the other."},
		{"cors-credentials", Error, "allow_credentials stands with any origin",
			"Browsers refuse an answer with credentials that names no origin. Name the origins in allow_origin."},
		{"cors-origin", Error, "An origin is none",
			"An origin is scheme and host, as a browser sends them: no path, no slash at the end. The origin '*' " +
				"stands alone."},
		{"duplicate-operation-id", Error, "Two methods have the same name",
			"The name of a method is its operation id in OpenAPI and in clients, where each is unique."},
		{"environment-reserved", Error, "An environment variable is Lambda's own",
			"Lambda sets these variables and refuses them from anyone else."},
		{"environment-too-large", Error, "A function has more environment than Lambda takes",
			"All variables of a function together, those of defaults included, have at most 4,096 bytes as JSON."},
		{"function-with-handler", Error, "A function that serves routes has a handler",
			"The functions api and websocket, and any that a route names, serve what the routes say: their " +
				"entries under functions hold settings alone."},
		{"function-without-handler", Error, "A function has no handler and serves nothing",
			"A plain function needs a handler. Without one its entry holds settings of a function that a route " +
				"names."},
		{"iam-ignored", Warning, "Permissions beside role_arn, or beside a policy file, have no effect",
			"With role_arn the functions run with a role that deploy does not make and does not change. What " +
				"stands beside it would be added to a role that deploy makes. With autogen_policy: false there is no " +
				"generated policy to which statements could be added."},
		{"identity-without-request", Error, "Identity sources stand at an authorizer of type token",
			"An authorizer of type token sees one header, which is its identity. Sources are for type: request."},
		{"invalid-at", Error, "A single time is none",
			"A time is written 2026-12-24T18:00:00, without zone or fraction; the zone goes into timezone."},
		{"invalid-cron", Error, "A cron expression is none of AWS",
			"AWS has six fields: minutes, hours, day-of-month, month, day-of-week, year. One of the two days is " +
				"?."},
		{"invalid-path", Error, "A path is none that API Gateway takes",
			"A path starts with a slash, has no slash at its end and no empty segment. A parameter is a whole " +
				"segment, {name}, or {name+} as the last; no name stands twice."},
		{"invalid-rate", Error, "A rate is none",
			"A rate is a whole number and minutes, hours or days; the singular goes with 1 alone."},
		{"invalid-stage", Error, "The name of the stage that is asked for cannot be one",
			"The stage is a part of names in AWS: up to 30 letters, digits, _ and -."},
		{"long-timeout", Warning, "A function that serves routes may outlast API Gateway",
			"API Gateway gives up after 29 seconds and answers 504, while the function goes on and is paid for. A " +
				"timeout in defaults that repeats the format's own default of 30 is let pass."},
		{"name-conflict", Error, "Two functions have the same name",
			"Functions, schedules, events and handler authorizers are Lambda functions and share one namespace."},
		{"name-too-long", Error, "A name is longer than AWS takes",
			"Functions, roles, rules and schedules have names of at most 64 characters: app, stage and name " +
				"together, with hyphens between."},
		{"no-methods", Error, "A path has no method",
			"A path answers at least one of GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS and ANY."},
		{"nothing-to-deploy", Error, "The app has nothing to deploy",
			"An app has routes, schedules, events, functions or websocket."},
		{"parameter-conflict", Error, "Two parameters of different names are at the same place",
			"Below one parent API Gateway takes one parameter, be it greedy or not. Name it alike in all paths."},
		{"policy-file", Error, "A policy file cannot be read, or lacks a function",
			"A policy file holds one IAM policy as JSON, for every function, or (iam.policy_file) an object of " +
				"policies by the functions' names with one for each."},
		{"private-endpoint", Error, "A private API and its VPC endpoints do not go together",
			"A private API needs vpc_endpoint_ids or a policy_file that says who may reach it; no other API takes " +
				"vpc_endpoint_ids."},
		{"quota-exceeded", Warning, "The app is larger than AWS allows unasked",
			"A REST API has at most 300 resources (every path and each path above it) and 10 authorizers, until " +
				"AWS raises the quota."},
		{"reserved-name", Error, "A name is reserved",
			"api, websocket and scheduler are functions and roles of every app; none as an authorizer means that " +
				"there is none."},
		{"reserved-path", Warning, "A path is API Gateway's own",
			"API Gateway answers /ping and /sping itself: requests do not reach the app."},
		{"reserved-tag", Error, "A tag belongs to somebody else",
			"Tags that start with aws: are AWS's, those that start with chalicefile: are how deploy finds what it " +
				"made."},
		{"role-arn-required", Error, "A role is missing",
			"With manage_role: false deploy makes no role, and the functions need one: role_arn."},
		{"route-conflict", Error, "Two paths are the same but for names of parameters",
			"API Gateway takes one of them. Put the methods of both under one path."},
		{"scopes-without-cognito", Error, "Scopes stand at a method without a cognito authorizer",
			"Scopes of an access token are checked by Cognito authorizers alone."},
		{"unknown-authorizer", Error, "An authorizer is not there",
			"A route names an authorizer that stands under authorizers, or none."},
		{"unknown-function", Error, "A function of routes is not there",
			"The function that serves a route is api, or stands under functions, be it as {}."},
		{"unknown-stage", Error, "The stage that is asked for is not there",
			"A file with stages has those and dev."},
		{"unknown-timezone", Error, "A timezone is not there",
			"A timezone has a name of the IANA database, such as Europe/Berlin."},
		{"websocket-authorizer", Error, "A WebSocket API has an authorizer that it cannot have",
			"WebSocket APIs know iam, custom and handler authorizers, but no Cognito."},
		{"websocket-without-handlers", Error, "A WebSocket API has no handler",
			"A WebSocket API has connect, disconnect, default or routes."},
	}
}
