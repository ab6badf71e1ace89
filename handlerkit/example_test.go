package handlerkit_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/chalicefile/chalicefile/handlerkit"
)

func ExampleNotFound() {
	err := fmt.Errorf("loading the object: %w", handlerkit.NotFound("mykey"))
	e, _ := errors.AsType[*handlerkit.Error](err)
	fmt.Println(e.Status, e.Code, e.Message)
	// Output: 404 NotFoundError mykey
}

func ExampleHandler() {
	timed := func(next handlerkit.Handler) handlerkit.Handler {
		return func(ctx context.Context, req *handlerkit.Request) (*handlerkit.Response, error) {
			resp, err := next(ctx, req)
			resp.Headers.Set("X-Answered-By", "example") // also beside an error
			return resp, err
		}
	}
	handler := timed(func(context.Context, *handlerkit.Request) (*handlerkit.Response, error) {
		return &handlerkit.Response{StatusCode: 200, Headers: map[string][]string{}, Body: "hello"}, nil
	})
	resp, _ := handler(context.Background(), nil)
	fmt.Println(resp.StatusCode, resp.Headers.Get("X-Answered-By"), resp.Body)
	// Output: 200 example hello
}

func ExampleWithRequest() {
	req, err := handlerkit.NewRequest([]byte(`{"resource":"/cities/{city}","path":"/cities/s%C3%A3o","httpMethod":"GET","pathParameters":{"city":"s%C3%A3o"}}`))
	if err != nil {
		panic(err)
	}
	ctx := handlerkit.WithRequest(context.Background(), req)
	fmt.Println(handlerkit.RequestFrom(ctx).PathValue("city"))
	// Output: são
}

func ExampleReply() {
	reply := handlerkit.Reply[map[string]int]{Status: 201, Body: map[string]int{"id": 7}}
	b, _ := json.Marshal(reply.Body)
	fmt.Println(reply.Status, string(b))
	// Output: 201 {"id":7}
}
