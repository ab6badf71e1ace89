// Functions is the program that the tests of the local server run. _HANDLER
// chooses the function.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

// handler is bytes in, bytes out.
type handler func(ctx context.Context, payload []byte) ([]byte, error)

func (h handler) Invoke(ctx context.Context, payload []byte) ([]byte, error) { return h(ctx, payload) }

func main() {
	switch os.Getenv("_HANDLER") {
	case "broken":
		fmt.Fprintln(os.Stderr, "cannot start: no table")
		os.Exit(3)
	case "auth":
		lambda.StartHandler(handler(authorize))
	case "api", "other":
		lambda.StartHandler(handler(api))
	}
	lambda.StartHandlerFunc(func(ctx context.Context, c command) (any, error) { return c.run(ctx) })
}

// command is the event of the plain function.
type command struct {
	Do    string
	Text  string
	Size  int
	Sleep time.Duration
}

func (c command) run(ctx context.Context) (any, error) {
	time.Sleep(c.Sleep * time.Millisecond)
	switch c.Do {
	case "echo":
		return c.Text, nil
	case "pid":
		return os.Getpid(), nil
	case "env":
		return os.Environ(), nil
	case "dir":
		return os.Getwd()
	case "context":
		lc, _ := lambdacontext.FromContext(ctx)
		deadline, _ := ctx.Deadline()
		return map[string]any{"id": lc.AwsRequestID, "arn": lc.InvokedFunctionArn, "client": lc.ClientContext, "left": time.Until(deadline).Seconds(), "trace": os.Getenv("_X_AMZN_TRACE_ID")}, nil
	case "big":
		return strings.Repeat("x", c.Size), nil
	case "length":
		return len(c.Text), nil
	case "error":
		return nil, errors.New(c.Text)
	case "panic":
		panic(c.Text)
	case "exit":
		os.Exit(c.Size)
	case "print":
		fmt.Println(c.Text)
		return "printed", nil
	}
	return nil, fmt.Errorf("unknown command %q", c.Do)
}

// event is what the api function looks at of a REST event.
type event struct {
	Resource          string            `json:"resource"`
	QueryString       map[string]string `json:"queryStringParameters"`
	Body              *string           `json:"body"`
	IsBase64Encoded   bool              `json:"isBase64Encoded"`
	AuthorizationText string            `json:"-"`
}

// api answers a REST event: with the event itself as a JSON body, or with what
// ?answer= says, which is then the whole answer of the function.
func api(ctx context.Context, payload []byte) ([]byte, error) {
	var e event
	if err := json.Unmarshal(payload, &e); err != nil {
		return nil, err
	}
	switch answer := e.QueryString["answer"]; answer {
	case "":
	case "die":
		os.Exit(1)
	case "error":
		return nil, errors.New("a fault")
	case "sleep":
		time.Sleep(3 * time.Second)
	case "big":
		return json.Marshal(map[string]any{"statusCode": 200, "body": strings.Repeat("x", 7<<20)})
	default:
		return []byte(answer), nil
	}
	return json.Marshal(map[string]any{"statusCode": 200, "body": string(payload), "headers": map[string]string{"Content-Type": "application/json"}})
}

// authEvent is what the authorizer looks at.
type authEvent struct {
	Type      string            `json:"type"`
	Token     string            `json:"authorizationToken"`
	MethodARN string            `json:"methodArn"`
	Headers   map[string]string `json:"headers"`
}

var calls int

// authorize does as the token says.
func authorize(ctx context.Context, payload []byte) ([]byte, error) {
	calls++
	var e authEvent
	if err := json.Unmarshal(payload, &e); err != nil {
		return nil, err
	}
	token := e.Token
	if e.Type == "REQUEST" {
		token = e.Headers["X-Token"]
	}
	effect, resource, _ := strings.Cut(token, " ")
	switch effect {
	case "unauthorized":
		return nil, errors.New("Unauthorized")
	case "fail":
		return nil, errors.New("no database")
	case "nonsense":
		return []byte(`{"hello":"world"}`), nil
	}
	if resource == "" {
		resource = e.MethodARN
	}
	statement := map[string]any{"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource}
	return json.Marshal(map[string]any{
		"principalId":    "someone",
		"policyDocument": map[string]any{"Version": "2012-10-17", "Statement": []any{statement}},
		"context":        map[string]any{"calls": calls, "admin": true, "name": "n", "half": 0.5},
	})
}
