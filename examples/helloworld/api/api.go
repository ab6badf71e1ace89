// Package api is the smallest app: two functions that the Chalicefile names.
package api

import (
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

// StateOfCity names the state of a city.
func StateOfCity(city string) (State, error) {
	state, ok := stateOf[city]
	if !ok {
		return State{}, handlerkit.BadRequest("Unknown city '%s', valid choices are: %s",
			city, strings.Join(slices.Sorted(maps.Keys(stateOf)), ", "))
	}
	return State{state}, nil
}
