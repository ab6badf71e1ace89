package handlerkit

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"unicode/utf8"
)

// RequestContext is the requestContext of API Gateway's event. It marshals to
// the whole of it; the fields are the part that most handlers want.
type RequestContext struct {
	AccountID         string   `json:"accountId"`
	APIID             string   `json:"apiId"`
	DomainName        string   `json:"domainName"`
	ExtendedRequestID string   `json:"extendedRequestId"`
	HTTPMethod        string   `json:"httpMethod"`
	Identity          Identity `json:"identity"`
	Path              string   `json:"path"`
	Protocol          string   `json:"protocol"`
	RequestID         string   `json:"requestId"`
	// RequestTimeEpoch is when API Gateway got the request, in milliseconds.
	RequestTimeEpoch int64  `json:"requestTimeEpoch"`
	ResourceID       string `json:"resourceId"`
	ResourcePath     string `json:"resourcePath"`
	Stage            string `json:"stage"`
	// Authorizer is what the authorizer said: principalId and its context after
	// a Lambda authorizer, claims after a Cognito one; nil without one.
	Authorizer map[string]any `json:"authorizer"`
	// Raw is the JSON that all this was decoded from.
	Raw json.RawMessage `json:"-"`
}

// Identity says who called.
type Identity struct {
	AccessKey                     string `json:"accessKey"`
	AccountID                     string `json:"accountId"`
	APIKey                        string `json:"apiKey"`
	APIKeyID                      string `json:"apiKeyId"`
	Caller                        string `json:"caller"`
	CognitoAuthenticationProvider string `json:"cognitoAuthenticationProvider"`
	CognitoAuthenticationType     string `json:"cognitoAuthenticationType"`
	CognitoIdentityID             string `json:"cognitoIdentityId"`
	CognitoIdentityPoolID         string `json:"cognitoIdentityPoolId"`
	SourceIP                      string `json:"sourceIp"`
	User                          string `json:"user"`
	UserAgent                     string `json:"userAgent"`
	UserARN                       string `json:"userArn"`
}

// decodeContext decodes what it can: a field of an unexpected type stays empty
// and is still in Raw.
func decodeContext(raw []byte) *RequestContext {
	c := new(RequestContext)
	if raw != nil {
		// Where only a type is wrong the rest is decoded all the same.
		_ = json.Unmarshal(raw, c)
		c.Raw = bytes.Clone(raw)
	}
	return c
}

// MarshalJSON returns the whole requestContext as it came.
func (c RequestContext) MarshalJSON() ([]byte, error) {
	if c.Raw == nil {
		return []byte("null"), nil
	}
	return c.Raw, nil
}

// AuthorizerValue returns a value of the authorizer as text: one of its
// context, or a claim of the token.
func (c *RequestContext) AuthorizerValue(name string) (string, bool) {
	if v, ok := c.Authorizer[name]; ok {
		return authorizerText(v)
	}
	if claims, ok := c.Authorizer["claims"].(map[string]any); ok {
		if v, ok := claims[name]; ok {
			return authorizerText(v)
		}
	}
	return "", false
}

func authorizerText(v any) (string, bool) {
	switch v := v.(type) {
	case nil:
		return "", false
	case string:
		return v, true
	}
	b, err := json.Marshal(v)
	return string(b), err == nil
}

func textOrBase64(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	return base64.StdEncoding.EncodeToString(b)
}
