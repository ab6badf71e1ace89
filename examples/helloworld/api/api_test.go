package api

import (
	"testing"

	"github.com/chalicefile/chalicefile/handlerkit/handlertest"
)

func TestOverTheWire(t *testing.T) {
	app := handlertest.New(t)
	for _, test := range []struct {
		path   string
		status int
		body   string
	}{
		{"/", 200, `{"hello":"world"}`},
		{"/cities/seattle", 200, `{"state":"WA"}`},
		{"/cities/vancouver", 400, `{"Code":"BadRequestError","Message":"Unknown city 'vancouver', valid choices are: portland, seattle"}`},
		{"/nowhere", 403, `{"message":"Missing Authentication Token"}`},
	} {
		res := app.Get(test.path)
		if res.StatusCode != test.status || res.Text() != test.body {
			t.Errorf("GET %s = %d %s, want %d %s", test.path, res.StatusCode, res.Text(), test.status, test.body)
		}
	}
}
