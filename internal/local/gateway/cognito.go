package gateway

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/chalicefile/chalicefile/internal/model"
)

// claimDate is how API Gateway words exp and iat in an event.
const claimDate = "Mon Jan 02 15:04:05 UTC 2006"

// token is a JSON Web Token taken apart.
type token struct {
	header struct {
		Alg string `json:"alg"`
		Kid string `json:"kid"`
	}
	claims    map[string]any
	signed    string // what the signature is of
	signature string
}

// parseToken takes a JWT apart; ok is false where it is none.
func parseToken(text string) (t token, ok bool) {
	parts := strings.Split(text, ".")
	if len(parts) != 3 || parts[2] == "" {
		return t, false
	}
	header, err1 := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[0], "="))
	claims, err2 := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err1 != nil || err2 != nil || json.Unmarshal(header, &t.header) != nil {
		return t, false
	}
	d := json.NewDecoder(bytes.NewReader(claims))
	d.UseNumber()
	if d.Decode(&t.claims) != nil || t.claims == nil {
		return t, false
	}
	t.signed, t.signature = parts[0]+"."+parts[1], parts[2]
	return t, true
}

// text is a claim that is a string, else "".
func (t token) text(claim string) string {
	s, _ := t.claims[claim].(string)
	return s
}

// seconds is a claim that is a time.
func (t token) seconds(claim string) (time.Time, bool) {
	n, ok := t.claims[claim].(json.Number)
	if !ok {
		return time.Time{}, false
	}
	f, err := n.Float64()
	if err != nil || f < -1e15 || f > 1e15 {
		return time.Time{}, false
	}
	return time.Unix(int64(f), 0), true
}

// checkToken demands a token of one of the authorizer's user pools.
func (x *exchange) checkToken(m *model.Method) bool {
	a := m.Authorizer
	text := x.req.Get(a.Header)
	if rest, ok := strings.CutPrefix(text, "Bearer "); ok {
		text = rest
	}
	deny := func(hint string) bool {
		x.refuse(unauthorized, hint)
		return false
	}
	if text == "" {
		return deny("the authorizer " + a.Name + " wants a token in the header " + a.Header)
	}
	t, ok := parseToken(strings.TrimSpace(text))
	if !ok {
		return deny("what the header " + a.Header + " holds is not a JSON Web Token")
	}
	if issuer := t.text("iss"); !slices.Contains(issuers(a.UserPools), issuer) {
		return deny("the token's issuer " + orDefault(issuer, "(none)") + " is not a user pool of the authorizer " + a.Name + ": " + strings.Join(issuers(a.UserPools), ", "))
	}
	if x.g.jwks != nil {
		if err := x.g.jwks.verify(t); err != nil {
			return deny("the token's signature: " + err.Error())
		}
	}
	expiry, ok := t.seconds("exp")
	switch {
	case !ok:
		return deny("the token has no exp")
	case !x.start.Before(expiry):
		x.refuse(tokenExpired, "the token expired at "+expiry.UTC().Format(time.RFC3339))
		return false
	}
	scopes := m.Scopes
	if len(scopes) == 0 {
		scopes = a.Scopes
	}
	if hint := t.scopeFault(scopes); hint != "" {
		return deny(hint)
	}
	x.authorizer = t.authorizer()
	return true
}

// scopeFault says why the token's scopes do not do, "" where they do. Without
// scopes API Gateway takes id tokens only.
func (t token) scopeFault(scopes []string) string {
	if len(scopes) == 0 {
		if t.text("token_use") == "access" {
			return "an access token is only taken where the route or its authorizer has scopes: send the id token"
		}
		return ""
	}
	for have := range strings.FieldsSeq(t.text("scope")) {
		if slices.Contains(scopes, have) {
			return ""
		}
	}
	return "the token has none of the scopes " + strings.Join(scopes, ", ")
}

// issuers are the iss of tokens of user pools, given by their ARNs.
func issuers(pools []string) []string {
	var all []string
	for _, arn := range pools {
		parts := strings.SplitN(arn, ":", 6)
		if len(parts) != 6 {
			continue
		}
		suffix := "amazonaws.com"
		if parts[1] == "aws-cn" {
			suffix += ".cn"
		}
		all = append(all, "https://cognito-idp."+parts[3]+"."+suffix+"/"+strings.TrimPrefix(parts[5], "userpool/"))
	}
	return all
}

// authorizer is the JSON of requestContext.authorizer: the claims as strings.
func (t token) authorizer() []byte {
	b := []byte(`{"claims":{`)
	names := make([]string, 0, len(t.claims))
	for name := range t.claims {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		b = appendName(b, name)
		if when, ok := t.seconds(name); ok && (name == "exp" || name == "iat") {
			b = appendString(b, when.UTC().Format(claimDate))
			continue
		}
		b = appendString(b, claimText(t.claims[name]))
	}
	return append(b, "}}"...)
}

// claimText is a claim as a string; the elements of a list with commas.
func claimText(claim any) string {
	switch c := claim.(type) {
	case string:
		return c
	case json.Number:
		return c.String()
	case []any:
		parts := make([]string, len(c))
		for i, e := range c {
			parts[i] = claimText(e)
		}
		return strings.Join(parts, ",")
	}
	text, err := json.Marshal(claim)
	if err != nil {
		return "" // it was decoded from JSON
	}
	return string(text)
}
