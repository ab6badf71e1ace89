package gateway

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/chalicefile/chalicefile/internal/source"
	"github.com/chalicefile/chalicefile/internal/source/all"
)

// serveOwn answers below /_chalicefile:
//
//	POST /_chalicefile/2015-03-31/functions/NAME/invocations   Lambda's Invoke API
//	GET  /_chalicefile/events                                  the kinds of sample events
//	GET  /_chalicefile/events/KIND                             a sample event
//
// A sample event is that of a function of the app where ?name=NAME names one,
// and its records hold each ?body=… .
func (x *exchange) serveOwn(path string) {
	if strings.HasPrefix(path, invokePrefix) {
		x.serveInvoke(path)
		return
	}
	x.add("x-amzn-RequestId", x.id)
	kind, isEvent := strings.CutPrefix(path, "/events")
	switch {
	case x.req.Method != http.MethodGet:
		x.ownAnswer(404, map[string]string{"message": "no such operation of the local server: " + x.req.Method + " " + x.path})
	case isEvent && (kind == "" || kind == "/"):
		x.ownAnswer(200, map[string][]string{"events": sampleKinds()})
	case isEvent && kind[0] == '/':
		x.serveSample(kind[1:])
	default:
		x.ownAnswer(404, map[string]string{"message": "no such operation of the local server: GET " + x.path})
	}
}

func (x *exchange) ownAnswer(status int, body any) {
	data, err := json.Marshal(body)
	if err != nil {
		data = nil // maps of strings always marshal
	}
	x.ans.Status, x.ans.Body = status, append(data, '\n')
	x.add("Content-Type", "application/json")
}

func sampleKinds() []string {
	var kinds []string
	for _, d := range all.List() {
		kinds = append(kinds, d.Kind)
	}
	return kinds
}

func (x *exchange) serveSample(kind string) {
	d, ok := all.Find(kind)
	if !ok || d.Sample == nil {
		x.ownAnswer(404, map[string]string{"message": "no event source is called " + kind + "; there are " + strings.Join(sampleKinds(), ", ")})
		return
	}
	x.readQuery()
	o := source.SampleOptions{Region: x.g.region, Account: x.g.account, Name: x.parameter("name")}
	for _, p := range x.parameters {
		if p.Name == "body" {
			o.Bodies = append(o.Bodies, p.Value)
		}
	}
	if o.Name != "" {
		fn, ok := x.g.Function(o.Name)
		if !ok || !(fn.Event != nil && fn.Event.Kind == kind || fn.Schedule != nil && kind == "schedule") {
			x.ownAnswer(404, map[string]string{"message": "no function of the kind " + kind + " is called " + o.Name + "; there are: " + strings.Join(x.g.functionsOf(kind), ", ")})
			return
		}
		if fn.Event != nil {
			o.Source = fn.Event.Source
		} else {
			o.Source = fn.Schedule
		}
	}
	x.ans.Status, x.ans.Body = 200, slices.Clone(d.Sample(o))
	x.add("Content-Type", "application/json")
}

// functionsOf are the names of the functions of an event source.
func (g *Gateway) functionsOf(kind string) []string {
	var names []string
	for _, fn := range g.app.Functions {
		if fn.Event != nil && fn.Event.Kind == kind || fn.Schedule != nil && kind == "schedule" {
			names = append(names, fn.Name)
		}
	}
	return names
}
