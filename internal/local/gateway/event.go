package gateway

import (
	"encoding/base64"
	"slices"
	"strings"

	"github.com/chalicefile/chalicefile/internal/local/http1"
)

// requestTime is the layout of requestContext.requestTime.
const requestTime = "02/Jan/2006:15:04:05 -0700"

// dropped are the header fields that API Gateway does not hand on, and those
// that it sets itself, in lower case.
var dropped = [...]string{
	"connection", "content-length", "content-md5", "expect", "max-forwards", "proxy-authenticate", "server", "te",
	"transfer-encoding", "trailer", "upgrade", "www-authenticate", "keep-alive", "proxy-connection",
	"x-forwarded-for", "x-forwarded-port", "x-forwarded-proto",
}

func isDropped(name string) bool {
	for _, d := range dropped {
		if len(d) == len(name) && http1.EqualFold(d, name) {
			return true
		}
	}
	return false
}

// readHeaders makes the headers of the event.
func (x *exchange) readHeaders() {
	forwarded, traced := "", false
	for _, f := range x.req.Fields {
		if isDropped(f.Name) {
			if http1.EqualFold(f.Name, "X-Forwarded-For") && f.Value != "" {
				forwarded += f.Value + ", "
			}
			continue
		}
		traced = traced || http1.EqualFold(f.Name, "X-Amzn-Trace-Id")
		x.headers = append(x.headers, f)
	}
	if !traced {
		x.headers = append(x.headers, http1.Field{Name: "X-Amzn-Trace-Id", Value: x.trace})
	}
	x.headers = append(x.headers,
		http1.Field{Name: "X-Forwarded-For", Value: forwarded + x.sourceIP()},
		http1.Field{Name: "X-Forwarded-Port", Value: x.port()},
		http1.Field{Name: "X-Forwarded-Proto", Value: "http"})
}

// port is the one that the client asked for.
func (x *exchange) port() string {
	_, port, ok := strings.Cut(x.req.Get("Host"), ":")
	if !ok {
		return "80"
	}
	return port[strings.LastIndexByte(port, ':')+1:]
}

// domain is the host that the client asked for.
func (x *exchange) domain() string {
	host := x.req.Get("Host")
	if strings.HasPrefix(host, "[") {
		host, _, _ = strings.Cut(host[1:], "]")
		return host
	}
	host, _, _ = strings.Cut(host, ":")
	return orDefault(host, "localhost")
}

// readQuery makes the query parameters of the event: decoded, in order.
func (x *exchange) readQuery() {
	for query := x.query; query != ""; {
		var pair string
		pair, query, _ = strings.Cut(query, "&")
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		x.parameters = append(x.parameters, http1.Field{Name: unescape(name), Value: unescape(value)})
	}
}

// unescape undoes the coding of a query; what is not coded rightly stays.
func unescape(s string) string {
	if !strings.ContainsAny(s, "%+") {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '+':
			b = append(b, ' ')
		case c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			b = append(b, unhex(s[i+1])<<4|unhex(s[i+2]))
			i += 2
		default:
			b = append(b, c)
		}
	}
	return string(b)
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func unhex(c byte) byte {
	switch {
	case c <= '9':
		return c - '0'
	case c <= 'F':
		return c - 'A' + 10
	}
	return c - 'a' + 10
}

// proxyEvent makes the event of the REST proxy integration.
func (x *exchange) proxyEvent() []byte {
	b := append(x.event[:0], `{"resource":`...)
	b = append(b, x.route.resource...)
	b = append(b, `,"path":`...)
	b = appendString(b, x.path)
	b = append(b, `,"httpMethod":`...)
	b = appendString(b, x.req.Method)
	b = x.appendRequest(b)
	b = append(b, `,"requestContext":`...)
	b = x.appendContext(b)
	b = x.appendBody(b)
	return append(b, '}')
}

// appendRequest appends what the events of routes and of authorizers share.
func (x *exchange) appendRequest(b []byte) []byte {
	b = appendMembers(b, `,"headers":`, `,"multiValueHeaders":`, x.headers, true)
	b = appendMembers(b, `,"queryStringParameters":`, `,"multiValueQueryStringParameters":`, x.parameters, false)
	b = append(b, `,"pathParameters":`...)
	if len(x.params) == 0 {
		b = append(b, "null"...)
	} else {
		b = append(b, '{')
		for _, p := range x.params {
			b = appendName(b, p.Name)
			b = appendString(b, p.Value)
		}
		b = append(b, '}')
	}
	b = append(b, `,"stageVariables":`...)
	return append(b, x.g.stageVariables...)
}

func (x *exchange) appendContext(b []byte) []byte {
	domain := x.domain()
	prefix, _, _ := strings.Cut(domain, ".")
	b = append(b, x.route.context...)
	b = append(b, `,"httpMethod":`...)
	b = appendString(b, x.req.Method)
	b = append(b, `,"extendedRequestId":"`...)
	b = append(b, x.extended...)
	b = append(b, `","requestTime":"`...)
	utc := x.start.UTC()
	b = utc.AppendFormat(b, requestTime)
	b = append(b, `","path":`...)
	// Appended as one string: the stage never needs escaping.
	b = append(b, `"/`...)
	b = append(b, x.g.app.API.StageName...)
	at := len(b)
	b = appendString(b, x.path)
	b = slices.Delete(b, at, at+1)
	b = append(b, `,"protocol":"HTTP/1.`...)
	b = appendInt(b, int64(x.req.Minor))
	b = append(b, `","domainPrefix":`...)
	b = appendString(b, prefix)
	b = append(b, `,"requestTimeEpoch":`...)
	b = appendInt(b, utc.UnixMilli())
	b = append(b, `,"requestId":"`...)
	b = append(b, x.id...)
	b = append(b, `","domainName":`...)
	b = appendString(b, domain)
	b = append(b, `,"identity":`...)
	b = x.appendIdentity(b)
	if x.authorizer != nil {
		b = append(b, `,"authorizer":`...)
		b = append(b, x.authorizer...)
	}
	return append(b, '}')
}

func (x *exchange) appendIdentity(b []byte) []byte {
	b = append(b, `{"cognitoIdentityPoolId":null,"accountId":`...)
	if x.signer == "" {
		b = append(b, `null,"cognitoIdentityId":null,"caller":null`...)
	} else {
		b = appendString(b, x.g.account)
		b = append(b, `,"cognitoIdentityId":null,"caller":`...)
		b = appendString(b, x.signer)
	}
	b = append(b, `,"sourceIp":`...)
	b = appendString(b, x.sourceIP())
	b = append(b, `,"principalOrgId":null,"accessKey":`...)
	b = appendNull(b, x.signer)
	b = append(b, `,"cognitoAuthenticationType":null,"cognitoAuthenticationProvider":null,"userArn":`...)
	if x.signer == "" {
		b = append(b, "null"...)
	} else {
		b = appendString(b, "arn:aws:iam::"+x.g.account+":user/local")
	}
	if x.apiKey != "" {
		b = append(b, `,"apiKey":`...)
		b = appendString(b, x.apiKey)
		b = append(b, `,"apiKeyId":"local"`...)
	}
	b = append(b, `,"userAgent":`...)
	b = appendNull(b, x.req.Get("User-Agent"))
	b = append(b, `,"user":`...)
	b = appendNull(b, x.signer)
	return append(b, '}')
}

func (x *exchange) appendBody(b []byte) []byte {
	switch {
	case len(x.body) == 0:
		return append(b, `,"body":null,"isBase64Encoded":false`...)
	case x.g.binary.match(orDefault(x.req.Get("Content-Type"), "application/json")):
		b = append(b, `,"body":"`...)
		b = base64.StdEncoding.AppendEncode(b, x.body)
		return append(b, `","isBase64Encoded":true`...)
	}
	b = append(b, `,"body":`...)
	b = appendString(b, x.body)
	return append(b, `,"isBase64Encoded":false`...)
}
