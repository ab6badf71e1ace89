package api

import (
	"sync"

	"github.com/chalicefile/chalicefile/handlerkit"
)

// Object is any JSON object.
type Object map[string]any

// Objects keeps objects for as long as the process lives. NewObjects makes the
// one that both handlers of a path share.
type Objects struct {
	mu    sync.Mutex
	byKey map[string]Object
}

// NewObjects is called once, before the first request.
func NewObjects() *Objects { return &Objects{byKey: map[string]Object{}} }

// ByRequest gets and puts, told apart by the method.
func (o *Objects) ByRequest(req *handlerkit.Request) (any, error) {
	key := req.PathValue("key")
	if req.Method == "PUT" {
		var body Object
		if err := req.JSONBody(&body); err != nil {
			return nil, err
		}
		return nil, o.Put(key, body)
	}
	return o.Get(key)
}

// Get returns an object under its key.
func (o *Objects) Get(key string) (map[string]Object, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	object, ok := o.byKey[key]
	if !ok {
		return nil, handlerkit.NotFound("%s", key)
	}
	return map[string]Object{key: object}, nil
}

// Put keeps an object.
func (o *Objects) Put(key string, body Object) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.byKey[key] = body
	return nil
}
