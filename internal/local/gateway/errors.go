package gateway

// refusal is an answer that API Gateway makes by itself: its words, to the
// letter.
type refusal struct {
	status int
	// kind is the x-amzn-ErrorType.
	kind, body string
	// text says that the body is not JSON.
	text bool
}

var (
	missingToken     = refusal{status: 403, kind: "MissingAuthenticationTokenException", body: `{"message":"Missing Authentication Token"}`}
	forbidden        = refusal{status: 403, kind: "ForbiddenException", body: `{"message":"Forbidden"}`}
	unauthorized     = refusal{status: 401, kind: "UnauthorizedException", body: `{"message":"Unauthorized"}`}
	tokenExpired     = refusal{status: 401, kind: "UnauthorizedException", body: `{"message":"The incoming token has expired"}`}
	explicitDeny     = refusal{status: 403, kind: "AccessDeniedException", body: `{"Message":"User is not authorized to access this resource with an explicit deny in an identity-based policy"}`}
	notAllowed       = refusal{status: 403, kind: "AccessDeniedException", body: `{"Message":"User is not authorized to access this resource"}`}
	authorizerFailed = refusal{status: 500, kind: "AuthorizerConfigurationException", body: `{"message":null}`}
	badGateway       = refusal{status: 502, kind: "InternalServerErrorException", body: `{"message": "Internal server error"}`}
	configuration    = refusal{status: 500, kind: "InternalServerErrorException", body: `{"message": "Internal server error"}`}
	timedOut         = refusal{status: 504, kind: "InternalServerErrorException", body: `{"message": "Endpoint request timed out"}`}
	contentTooLong   = refusal{status: 413, kind: "RequestEntityTooLargeException", body: "HTTP content length exceeded 10485760 bytes.", text: true}
	requestTooLong   = refusal{status: 413, kind: "BadRequestException", body: `{"message": "Request Too Long"}`}
	badRequest       = refusal{status: 400, kind: "BadRequestException", body: `{"message": "Bad Request"}`}
)

// incompleteSignature is what IAM says of a signature that lacks something.
func incompleteSignature(message string) refusal {
	body := append(appendString([]byte(`{"message":`), message), '}')
	return refusal{status: 403, kind: "IncompleteSignatureException", body: string(body)}
}
