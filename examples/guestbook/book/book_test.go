package book

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/chalicefile/chalicefile/handlerkit"
	"github.com/chalicefile/chalicefile/handlerkit/handlertest"

	"example.com/guestbook/store"
)

func TestSignAndRead(t *testing.T) {
	app := handlertest.New(t, handlertest.Env("GUESTBOOK_TOKEN", "secret"))

	send := func(method, path, token, body string) (int, string) {
		t.Helper()
		req, err := http.NewRequest(method, app.URL+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		if token != "" {
			req.Header.Set("Authorization", token)
		}
		res, err := app.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if res.StatusCode != 401 && res.Header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s %s: no CORS headers on %d", method, path, res.StatusCode)
		}
		return res.StatusCode, res.Text()
	}

	const entry = `{"author":"Ada","text":"Hello & goodbye"}`
	for _, test := range []struct {
		token, body string
		status      int
		want        string
	}{
		{"", entry, 401, `{"message":"Unauthorized"}`},
		{"Basic x", entry, 401, `{"message":"Unauthorized"}`},
		{"Bearer wrong", entry, 403, `{"Message":"User is not authorized to access this resource with an explicit deny in an identity-based policy"}`},
		{"Bearer secret", `{"author":" "}`, 400, `{"Code":"BadRequestError","Message":"an entry needs an author and a text"}`},
	} {
		if status, body := send("POST", "/entries", test.token, test.body); status != test.status || body != test.want {
			t.Errorf("POST with %q = %d %s, want %d %s", test.token, status, body, test.status, test.want)
		}
	}

	status, body := send("POST", "/entries", "Bearer secret", entry)
	var signed store.Entry
	if err := json.Unmarshal([]byte(body), &signed); err != nil || status != 201 {
		t.Fatalf("POST = %d %s (%v)", status, body, err)
	}
	if status, got := send("GET", "/entries/"+signed.ID, "", ""); status != 200 || got != body {
		t.Errorf("GET = %d %s, want 200 %s", status, got, body)
	}
	if status, got := send("GET", "/entries?limit=1", "", ""); status != 200 || got != `{"entries":[`+body+`],"more":false}` {
		t.Errorf("list = %d %s", status, got)
	}
	if status, got := send("GET", "/entries?limit=many", "", ""); status != 400 || !strings.Contains(got, `query parameter \"limit\"`) {
		t.Errorf("list with a bad limit = %d %s", status, got)
	}
	if status, got := send("GET", "/entries?limit=0", "", ""); status != 400 || !strings.Contains(got, "want 1 to 100") {
		t.Errorf("list with limit 0 = %d %s", status, got)
	}
	if status, got := send("DELETE", "/entries/"+signed.ID, "Bearer secret", ""); status != 204 || got != "" {
		t.Errorf("DELETE = %d %q", status, got)
	}
	if status, _ := send("GET", "/entries/"+signed.ID, "", ""); status != 404 {
		t.Errorf("GET of what was removed = %d", status)
	}
}

func TestNotModified(t *testing.T) {
	app := handlertest.New(t)
	req, err := http.NewRequest("POST", app.URL+"/entries", strings.NewReader(`{"author":"Ada","text":"Hi"}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer let-me-write")
	if res, err := app.Do(req); err != nil || res.StatusCode != 201 {
		t.Fatal(res, err)
	}
	tag := app.Get("/entries").Header.Get("ETag")
	again, err := http.NewRequest("GET", app.URL+"/entries", nil)
	if err != nil {
		t.Fatal(err)
	}
	again.Header.Set("If-None-Match", tag)
	if res, err := app.Do(again); err != nil || res.StatusCode != 304 || res.Text() != "" {
		t.Fatal(res, err)
	}
}

func TestSweepRunsBySchedule(t *testing.T) {
	app := handlertest.New(t)
	if out := app.Invoke("sweep", handlertest.Schedule()); string(out) != "null" {
		t.Errorf("sweep = %s", out)
	}
}

// A unit test needs no gateway.
func TestEntryOfUnknownID(t *testing.T) {
	s, err := store.NewStore(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, err = NewAPI(s).Entry(t.Context(), "nobody")
	if e, ok := err.(*handlerkit.Error); !ok || e.Status != 404 {
		t.Errorf("error = %v, want a 404", err)
	}
}
