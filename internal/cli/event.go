package cli

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/chalicefile/chalicefile/internal/model"
	"github.com/chalicefile/chalicefile/internal/sample"
	"github.com/chalicefile/chalicefile/internal/source"
	"github.com/chalicefile/chalicefile/internal/source/all"
)

// Kinds of sample events beside those of event sources.
const (
	eventREST       = "rest"
	eventAuthorizer = "authorizer"
)

// eventKinds are all kinds of sample events.
func eventKinds() []string {
	var kinds []string
	for _, d := range all.List() {
		kinds = append(kinds, d.Kind)
	}
	return append(kinds, eventREST, eventAuthorizer)
}

func checkEventKind(kind string) error {
	if kinds := eventKinds(); kind != "" && !slices.Contains(kinds, kind) {
		hint := didYouMean(kind, kinds, "")
		if hint == "" {
			hint = "; there are " + strings.Join(kinds, ", ")
		}
		return usagef("--event: there is no kind %q%s", kind, hint)
	}
	return nil
}

// eventFor is the payload that a function gets.
func eventFor(app *model.App, f *model.Function, flags invokeFlags, given []byte) ([]byte, error) {
	switch {
	case flags.event == "" && given != nil:
		return given, nil
	case flags.event == "":
		return []byte("{}"), nil
	case flags.event == eventREST:
		return restEvent(app, f, given)
	case flags.event == eventAuthorizer:
		return authorizerEvent(app, f, given)
	}
	d, ok := all.Find(flags.event)
	if !ok {
		return nil, checkEventKind(flags.event)
	}
	options := source.SampleOptions{Region: app.Spec.Region, Account: app.Spec.Account, Name: f.LambdaName}
	if f.Event != nil && f.Event.Kind == flags.event {
		options.Source = f.Event.Source
	}
	if given != nil {
		options.Bodies = []string{string(given)}
	}
	return d.Sample(options), nil
}

// restEvent is a request to the first route of the function that fits: with a
// body to one that takes a body.
func restEvent(app *model.App, f *model.Function, body []byte) ([]byte, error) {
	if len(f.Methods) == 0 {
		return nil, fmt.Errorf("the function %s serves no route, so that --event rest fits none", f.Name)
	}
	method := f.Methods[0]
	for _, m := range f.Methods {
		takesBody := m.HTTPMethod != http.MethodGet && m.HTTPMethod != http.MethodHead && m.HTTPMethod != http.MethodOptions
		if takesBody == (body != nil) {
			method = m
			break
		}
	}
	r := sample.Request{
		Method: method.HTTPMethod, Target: samplePath(method.Path.Path), Resource: method.Path.Path, Body: body,
		Header: http.Header{"Accept": {"*/*"}, "User-Agent": {"chalicefile"}},
		Stage:  app.API.StageName, StageVariables: app.API.StageVariables,
		Region: app.Spec.Region, Account: app.Spec.Account,
	}
	if r.Method == "ANY" {
		r.Method = http.MethodGet
	}
	if body != nil {
		r.Header.Set("Content-Type", method.ContentTypes[0])
	}
	return sample.REST(r)
}

// samplePath fills each parameter of a route with its own name.
func samplePath(path string) string {
	return strings.NewReplacer("{", "", "+}", "", "}", "").Replace(path)
}

// authorizerEvent is what API Gateway asks an authorizer, with the payload as
// the token.
func authorizerEvent(app *model.App, f *model.Function, token []byte) ([]byte, error) {
	kind, header := "token", "Authorization"
	for _, a := range app.Authorizers {
		if a.Function == f {
			kind, header = a.Type, a.Header
		}
	}
	if f.Kind != model.KindAuthorizer {
		return nil, errors.New("--event authorizer fits functions of authorizers only, and " + f.Name + " is none")
	}
	if token == nil {
		token = []byte("sample-token")
	}
	return sample.Authorizer(kind, header, string(token), sample.Request{
		Stage: app.API.StageName, Region: app.Spec.Region, Account: app.Spec.Account,
	})
}
