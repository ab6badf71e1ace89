package gateway

import (
	"strings"

	"github.com/chalicefile/chalicefile/internal/model"
)

// authorize asks the method's authorizer; where it says no, the request has been
// answered.
func (x *exchange) authorize(m *model.Method) bool {
	switch m.Authorizer.Kind {
	case model.AuthIAM:
		return x.checkSignature()
	case model.AuthCognito:
		return x.checkToken(m)
	}
	return x.g.authorizers[m.Authorizer].authorize(x)
}

// signature is the parts of a SigV4 signature, wherever they stood.
type signature struct {
	credential, signedHeaders, value string
	dated                            bool
}

const sigV4 = "AWS4-HMAC-SHA256"

// checkSignature demands a well-formed SigV4 signature. Whether it is right only
// AWS can say, who knows the secret.
func (x *exchange) checkSignature() bool {
	header := x.req.Get("Authorization")
	s := signature{dated: x.req.Get("X-Amz-Date") != "" || x.req.Get("Date") != ""}
	if rest, ok := strings.CutPrefix(header, sigV4); ok && (rest == "" || rest[0] == ' ') {
		if !x.readSignature(rest, &s) {
			return false
		}
	} else if x.parameter("X-Amz-Algorithm") == sigV4 {
		s = signature{
			credential: x.parameter("X-Amz-Credential"), signedHeaders: x.parameter("X-Amz-SignedHeaders"),
			value: x.parameter("X-Amz-Signature"), dated: x.parameter("X-Amz-Date") != "",
		}
	} else {
		x.refuse(missingToken, "the route's authorizer is iam: sign the request with AWS Signature Version 4")
		return false
	}
	if fault := s.fault(); fault != "" {
		x.refuse(incompleteSignature(fault), "the request's signature is not well-formed")
		return false
	}
	x.signer, _, _ = strings.Cut(s.credential, "/")
	x.g.log.Once("signatures of requests to routes with an iam authorizer are not verified here, only their form")
	return true
}

// readSignature reads what comes after the algorithm in an Authorization header.
func (x *exchange) readSignature(text string, s *signature) bool {
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		name, value, ok := strings.Cut(part, "=")
		if !ok {
			x.refuse(incompleteSignature("Invalid key=value pair (missing equal-sign) in Authorization header: '"+part+"'."), "the request's signature is not well-formed")
			return false
		}
		switch name {
		case "Credential":
			s.credential = value
		case "SignedHeaders":
			s.signedHeaders = value
		case "Signature":
			s.value = value
		}
	}
	return true
}

// fault says in AWS's words what a signature lacks.
func (s signature) fault() string {
	var lacks []string
	if s.credential == "" {
		lacks = append(lacks, "Authorization header requires 'Credential' parameter.")
	}
	if s.value == "" {
		lacks = append(lacks, "Authorization header requires 'Signature' parameter.")
	}
	if s.signedHeaders == "" {
		lacks = append(lacks, "Authorization header requires 'SignedHeaders' parameter.")
	}
	// The contract here is the form of the header; a date is missed only by what
	// lacks more than that.
	if lacks != nil && !s.dated {
		lacks = append(lacks, "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
	}
	if lacks != nil {
		return strings.Join(lacks, " ")
	}
	if scope := strings.Split(s.credential, "/"); len(scope) != 5 || scope[4] != "aws4_request" {
		return "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '" + s.credential + "'"
	}
	return ""
}

// parameter is the last value of a query parameter.
func (x *exchange) parameter(name string) string {
	for i := len(x.parameters) - 1; i >= 0; i-- {
		if x.parameters[i].Name == name {
			return x.parameters[i].Value
		}
	}
	return ""
}
