package codegen_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/chalicefile/chalicefile/internal/model"
)

// readCases reads the part "cases": lines "> function event", each with the
// expected answer below. A function of routes takes a request: "> api PUT
// /path?query | Header: value; Header: value | body".
func (s *shape) readCases(t *testing.T) {
	t.Helper()
	for line := range strings.Lines(string(s.file("cases").Data)) {
		line = strings.TrimRight(line, "\n")
		text, ok := strings.CutPrefix(line, "> ")
		if !ok {
			if len(s.cases) == 0 {
				t.Fatalf("%s: cases begin with >", s.name)
			}
			c := &s.cases[len(s.cases)-1]
			c.want = strings.TrimPrefix(c.want+"\n"+line, "\n")
			continue
		}
		name, rest, _ := strings.Cut(text, " ")
		c := testCase{line: text, function: name, payload: rest}
		fn := s.app.Function(name)
		if fn == nil {
			t.Fatalf("%s: no function %s", s.name, name)
		}
		if fn.Kind == model.KindRoutes {
			c.isHTTP = true
			c.payload = restEvent(t, s.app, rest)
		}
		s.cases = append(s.cases, c)
	}
}

// restEvent makes the event that API Gateway sends for a request.
func restEvent(t *testing.T, app *model.App, request string) string {
	t.Helper()
	parts := strings.SplitN(request, " | ", 3)
	method, target, _ := strings.Cut(parts[0], " ")
	path, query, _ := strings.Cut(target, "?")
	resource, params := match(app, path)
	if resource == "" {
		t.Fatalf("no route for %s", request)
	}
	event := map[string]any{
		"resource": resource, "path": path, "httpMethod": method, "pathParameters": params,
		"headers": nil, "multiValueHeaders": nil, "body": nil, "isBase64Encoded": false,
		"requestContext": map[string]any{"requestId": "r", "authorizer": map[string]any{"sub": "me"}},
	}
	if query != "" {
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		event["multiValueQueryStringParameters"] = values
		single := map[string]string{}
		for k, v := range values {
			single[k] = v[len(v)-1]
		}
		event["queryStringParameters"] = single
	}
	if len(parts) > 1 {
		headers, multi := map[string]string{}, map[string][]string{}
		for _, h := range strings.Split(parts[1], "; ") {
			name, value, _ := strings.Cut(h, ": ")
			headers[name] = value
			multi[name] = append(multi[name], value)
		}
		event["headers"], event["multiValueHeaders"] = headers, multi
	}
	if len(parts) > 2 {
		event["body"] = parts[2]
	}
	payload, err := json.Marshal(event)
	if err != nil {
		t.Fatal(err)
	}
	return string(payload)
}

// match finds the route of a path; the first that fits will do here.
func match(app *model.App, path string) (string, map[string]string) {
	have := strings.Split(path, "/")
	for _, p := range app.Paths {
		want := strings.Split(p.Path, "/")
		params := map[string]string{}
		fits := true
		for i, w := range want {
			name, isParam := strings.CutPrefix(w, "{")
			switch {
			case i >= len(have):
				fits = false
			case isParam && strings.HasSuffix(name, "+}"):
				params[strings.TrimSuffix(name, "+}")] = strings.Join(have[i:], "/")
				return p.Path, params
			case isParam:
				params[strings.TrimSuffix(name, "}")] = have[i]
			default:
				fits = fits && w == have[i]
			}
		}
		if fits && len(want) == len(have) {
			return p.Path, params
		}
	}
	return "", nil
}
