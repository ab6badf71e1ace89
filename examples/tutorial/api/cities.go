// Package api serves the routes of the tutorial, one file a chapter.
package api

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/chalicefile/chalicefile/handlerkit"
)

var stateOf = map[string]string{
	"seattle":  "WA",
	"portland": "OR",
}

// State is where a city lies.
type State struct {
	State string `json:"state"`
}

// Index says hello.
func Index() map[string]string {
	return map[string]string{"hello": "world"}
}

// StateOfCity names the state of a city, or the cities that it knows.
func StateOfCity(city string) (State, error) {
	state, ok := stateOf[city]
	if !ok {
		return State{}, handlerkit.BadRequest("Unknown city '%s', valid choices are: %s",
			city, strings.Join(slices.Sorted(maps.Keys(stateOf)), ", "))
	}
	return State{state}, nil
}

// StateOfCityOrPanic fails as code fails that nobody has thought through.
func StateOfCityOrPanic(city string) (State, error) {
	state, ok := stateOf[city]
	if !ok {
		return State{}, fmt.Errorf("no such city: %q", city)
	}
	return State{state}, nil
}

// Fail answers with the class of error that the path names.
func Fail(class string) error {
	switch class {
	case "bad-request":
		return handlerkit.BadRequest("bad request")
	case "unauthorized":
		return handlerkit.Unauthorized("unauthorized")
	case "forbidden":
		return handlerkit.Forbidden("forbidden")
	case "not-found":
		return handlerkit.NotFound("not found")
	case "method-not-allowed":
		return handlerkit.MethodNotAllowed("method not allowed")
	case "conflict":
		return handlerkit.Conflict("conflict")
	case "unsupported-media-type":
		return handlerkit.UnsupportedMediaType("unsupported media type")
	case "unprocessable-entity":
		return handlerkit.UnprocessableEntity("unprocessable entity")
	case "too-many-requests":
		return handlerkit.TooManyRequests("too many requests")
	case "view-error":
		return handlerkit.ViewError("view error")
	case "panic":
		panic("a panic is a 500, and the process lives on")
	}
	return nil
}
