// Command generated is a function of one route as chalicefile generates it.
package main

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/chalicefile/chalicefile/handlerkit"
	"github.com/chalicefile/chalicefile/handlerkit/lambdamain"
)

func hello() map[string]string { return map[string]string{"hello": "world"} }

func main() {
	lambdamain.Main(lambdamain.App{
		Name:  "hello",
		Stage: "dev",
		Functions: []lambdamain.Function{
			{Name: "api", New: newAPI},
		},
	})
}

func newAPI(_ context.Context) (lambda.Handler, error) {
	return lambdamain.API{
		Routes: []lambdamain.Route{
			{Method: "GET", Path: "/", Handler: "api.Hello", Bound: true, Serve: getRoot},
		},
	}.Handler()
}

func getRoot(_ context.Context, _ *handlerkit.Request) (any, error) {
	return hello(), nil
}
