package api

import (
	"bytes"
	"compress/gzip"
	"net/http"

	"github.com/chalicefile/chalicefile/handlerkit"
)

// Text answers with text rather than JSON.
func Text() *handlerkit.Response {
	return &handlerkit.Response{
		StatusCode: http.StatusOK,
		Headers:    http.Header{"Content-Type": {"text/plain"}},
		Body:       "hello world!",
	}
}

// Gzip answers with JSON that the handler has compressed.
func Gzip() (*handlerkit.Response, error) {
	var body bytes.Buffer
	w := gzip.NewWriter(&body)
	if _, err := w.Write([]byte(`{"hello":"world"}`)); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return &handlerkit.Response{
		Headers: http.Header{"Content-Type": {"application/json"}, "Content-Encoding": {"gzip"}},
		Body:    body.Bytes(),
	}, nil
}

// Bytes answers with bytes that are no text.
func Bytes() []byte { return []byte{0x00, 0xff, 0x80, 0x7f} }

// Item is what Create makes.
type Item struct {
	Name string `json:"name"`
}

// Create answers 201, as the Chalicefile says, and where the new thing is.
func Create(body Item) (handlerkit.Reply[Item], error) {
	if body.Name == "" {
		return handlerkit.Reply[Item]{}, handlerkit.UnprocessableEntity("an item needs a name")
	}
	return handlerkit.Reply[Item]{
		Header: http.Header{"Location": {"/things/" + body.Name}},
		Body:   body,
	}, nil
}

// Moved sends the client elsewhere.
func Moved() *handlerkit.Response { return handlerkit.Redirect(http.StatusFound, "/") }
