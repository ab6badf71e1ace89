package book

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/chalicefile/chalicefile/handlerkit/handlertest"
)

// table answers what DynamoDB would for one table with the key "id".
type table struct {
	mu    sync.Mutex
	name  string
	items map[string]json.RawMessage
}

func (d *table) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var in struct {
		TableName string
		Item      json.RawMessage
		Key       struct{ ID struct{ S string } }
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || in.TableName != d.name {
		http.Error(w, `{"__type":"ResourceNotFoundException"}`, http.StatusBadRequest)
		return
	}
	out := map[string]any{}
	switch _, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), "."); operation {
	case "PutItem":
		var item struct{ ID struct{ S string } }
		if err := json.Unmarshal(in.Item, &item); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		d.items[item.ID.S] = in.Item
	case "GetItem":
		if item, ok := d.items[in.Key.ID.S]; ok {
			out["Item"] = item
		}
	case "DeleteItem":
		delete(d.items, in.Key.ID.S)
	case "Scan":
		items := []json.RawMessage{}
		for _, item := range d.items {
			items = append(items, item)
		}
		out["Items"] = items
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	json.NewEncoder(w).Encode(out)
}

// In the stage prod the entries live in a table.
func TestProdKeepsEntriesInATable(t *testing.T) {
	dynamodb := &table{name: "guestbook-prod", items: map[string]json.RawMessage{}}
	server := httptest.NewServer(dynamodb)
	defer server.Close()
	t.Setenv("AWS_ENDPOINT_URL_DYNAMODB", server.URL)
	t.Setenv("AWS_ACCESS_KEY_ID", "test")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "test")
	t.Setenv("AWS_REGION", "us-east-1")

	app := handlertest.New(t, handlertest.Stage("prod"))
	res := app.Post("/entries", NewEntry{Author: "Grace", Text: "Hello"}, handlertest.Header("Authorization", "Bearer let-me-write"))
	if res.StatusCode != 201 || len(dynamodb.items) != 1 {
		t.Fatalf("POST = %d %s, %d items", res.StatusCode, res.Text(), len(dynamodb.items))
	}
	list := app.Get("/entries?author=Grace")
	if want := `{"entries":[` + res.Text() + `],"more":false}`; list.Text() != want {
		t.Errorf("list = %s, want %s", list.Text(), want)
	}
	id := list.Header.Get("ETag")
	if got := app.Get("/entries/" + id); got.StatusCode != 200 || got.Text() != res.Text() {
		t.Errorf("GET = %d %s", got.StatusCode, got.Text())
	}
	if got := app.Delete("/entries/"+id, handlertest.Header("Authorization", "Bearer let-me-write")); got.StatusCode != 204 || len(dynamodb.items) != 0 {
		t.Errorf("DELETE = %d %s, %d items", got.StatusCode, got.Text(), len(dynamodb.items))
	}
}
