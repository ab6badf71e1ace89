package gateway

import (
	"encoding/base64"
	"errors"
	"strconv"
	"strings"

	"github.com/chalicefile/chalicefile/internal/local/http1"
	"github.com/chalicefile/chalicefile/internal/local/runtimeapi"
)

// proxyResponse is a function's answer as the REST proxy integration reads it.
type proxyResponse struct {
	status  int
	headers []http1.Field // of both members, merged
	body    []byte
	base64  bool
}

// answer makes the HTTP answer of a function's result.
func (x *exchange) answer(res runtimeapi.Result) {
	if res.FunctionError != "" {
		x.refuse(badGateway, "the function failed: "+excerpt(res.Payload))
		return
	}
	p, err := parseResponse(res.Payload)
	if err != nil {
		x.refuse(badGateway, "the function's answer is no proxy response: "+err.Error()+": "+excerpt(res.Payload))
		return
	}
	if p.base64 && x.g.binary.match(firstType(x.req.Get("Accept"))) {
		if p.body, err = decodeBase64(p.body); err != nil {
			x.refuse(configuration, "the function's answer says isBase64Encoded, but its body is not: "+excerpt(res.Payload))
			return
		}
	} else if p.base64 {
		x.hint = "the body goes out as base64: the first type of Accept is none of the api's binary_types"
	}
	x.ans.Status, x.ans.Body = p.status, p.body
	x.addHeaders(p.headers)
	x.mark()
	x.add("X-Amzn-Trace-Id", x.trace)
	x.compress()
}

// addHeaders adds what the function set, but for what API Gateway drops and what
// it keeps to itself, which goes out under another name: see "Amazon API Gateway
// important notes" in AWS's documentation.
func (x *exchange) addHeaders(fields []http1.Field) {
	typed := false
	for _, f := range fields {
		switch strings.ToLower(f.Name) {
		case "authorization", "connection", "content-length", "content-md5", "date", "max-forwards", "server", "user-agent",
			"www-authenticate", "x-amzn-requestid", "x-amz-apigw-id":
			x.add("x-amzn-Remapped-"+f.Name, f.Value)
			x.hint = orDefault(x.hint, "API Gateway sends the function's "+f.Name+" as x-amzn-Remapped-"+f.Name)
			continue
		case "expect", "host", "proxy-authenticate", "te", "trailer", "transfer-encoding", "upgrade":
			x.hint = orDefault(x.hint, "API Gateway drops the function's "+f.Name)
			continue
		case "content-type":
			typed = true
		}
		x.add(f.Name, f.Value)
	}
	if !typed {
		x.add("Content-Type", "application/json")
	}
}

// parseResponse reads a function's answer. No member is required, but none
// other is allowed.
func parseResponse(payload []byte) (proxyResponse, error) {
	p := proxyResponse{status: 200}
	s := scanner{data: payload}
	if s.peek() != '{' {
		return p, errors.New("it is not a JSON object")
	}
	var fault error
	var single []http1.Field
	ok := s.object(func(name []byte) bool {
		switch string(name) {
		case "statusCode":
			p.status, fault = s.status()
		case "headers":
			single, fault = s.headers(nil, false)
		case "multiValueHeaders":
			p.headers, fault = s.headers(p.headers[:0], true)
		case "body":
			p.body, fault = s.body()
		case "isBase64Encoded":
			p.base64, fault = s.boolean()
		default:
			fault = errors.New("it has a member " + strconv.Quote(string(name)))
		}
		return fault == nil
	})
	switch {
	case fault != nil:
		return p, fault
	case !ok || !s.end():
		return p, errors.New("it is not valid JSON")
	}
	p.headers = merge(p.headers, single)
	return p, nil
}

// merge adds the single headers that are not among the others.
func merge(multi, single []http1.Field) []http1.Field {
	if len(multi) == 0 {
		return single
	}
next:
	for _, f := range single {
		for _, m := range multi {
			if http1.EqualFold(m.Name, f.Name) && m.Value == f.Value {
				continue next
			}
		}
		multi = append(multi, f)
	}
	return multi
}

var errSyntax = errors.New("it is not valid JSON")

// status reads a statusCode: a number, or a string that holds one.
func (s *scanner) status() (int, error) {
	var text []byte
	var ok bool
	switch s.peek() {
	case '"':
		text, ok = s.str()
	case 'n':
		if !s.literal("null") {
			return 0, errSyntax
		}
		return 200, nil
	default:
		text, ok = s.number()
	}
	if !ok {
		return 0, errors.New("its statusCode is no number")
	}
	status, err := strconv.Atoi(string(text))
	if err != nil || status < 200 || status > 599 {
		return 0, errors.New("its statusCode is not between 200 and 599")
	}
	return status, nil
}

// body reads a body: a string or null.
func (s *scanner) body() ([]byte, error) {
	if s.peek() == 'n' && s.literal("null") {
		return nil, nil
	}
	if s.peek() != '"' {
		return nil, errors.New("its body is not a string")
	}
	body, ok := s.str()
	if !ok {
		return nil, errSyntax
	}
	return body, nil
}

func (s *scanner) boolean() (bool, error) {
	switch {
	case s.literal("true"):
		return true, nil
	case s.literal("false"), s.literal("null"):
		return false, nil
	}
	return false, errors.New("its isBase64Encoded is not a boolean")
}

// headers reads one of the two objects of headers, or null.
func (s *scanner) headers(to []http1.Field, many bool) ([]http1.Field, error) {
	if s.peek() == 'n' && s.literal("null") {
		return to, nil
	}
	var fault error
	add := func(name string) bool {
		value, ok := s.headerValue()
		switch {
		case !ok:
			fault = errors.New("its header " + strconv.Quote(name) + " is not a string")
		case !http1.ValidName(name) || !http1.ValidValue(value):
			fault = errors.New("its header " + strconv.Quote(name) + " holds what HTTP forbids")
		default:
			to = append(to, http1.Field{Name: name, Value: value})
		}
		return fault == nil
	}
	ok := s.object(func(name []byte) bool {
		text := string(name)
		if many && s.peek() == '[' {
			return s.array(func() bool { return add(text) })
		}
		return add(text)
	})
	if fault == nil && !ok {
		fault = errors.New("its headers are not an object")
	}
	return to, fault
}

// headerValue reads a string or a boolean.
func (s *scanner) headerValue() (string, bool) {
	switch s.peek() {
	case '"':
		value, ok := s.str()
		return string(value), ok
	case 't':
		return "true", s.literal("true")
	case 'f':
		return "false", s.literal("false")
	}
	return "", false
}

func decodeBase64(body []byte) ([]byte, error) {
	out := make([]byte, base64.StdEncoding.DecodedLen(len(body)))
	n, err := base64.StdEncoding.Decode(out, body)
	return out[:n], err
}

// excerpt is the beginning of what a function answered, on one line.
func excerpt(payload []byte) string {
	const most = 300
	text := strings.Join(strings.Fields(string(payload[:min(len(payload), most)])), " ")
	if len(payload) > most {
		text += "…"
	}
	return text
}

// mediaTypes are the api's binary_types.
type mediaTypes []string

// match says that a media type is among them.
func (m mediaTypes) match(contentType string) bool {
	for _, pattern := range m {
		if pattern == "*/*" {
			return true
		}
	}
	contentType, _, _ = strings.Cut(contentType, ";")
	contentType = strings.ToLower(strings.TrimSpace(contentType))
	for _, pattern := range m {
		pattern = strings.ToLower(pattern)
		if prefix, ok := strings.CutSuffix(pattern, "/*"); ok {
			if strings.HasPrefix(contentType, prefix+"/") {
				return true
			}
		} else if pattern == contentType {
			return true
		}
	}
	return false
}

// firstType is the only one of an Accept header that API Gateway looks at.
func firstType(accept string) string {
	first, _, _ := strings.Cut(accept, ",")
	return first
}
