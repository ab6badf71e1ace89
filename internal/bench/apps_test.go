package bench

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	chiadapter "github.com/awslabs/aws-lambda-go-api-proxy/chi"
	"github.com/go-chi/chi/v5"

	"github.com/chalicefile/chalicefile/handlerkit"
	"github.com/chalicefile/chalicefile/handlerkit/lambdamain"
)

//go:embed testdata/get.json
var getEvent []byte

// State is what GET /cities/{city} answers.
type State struct {
	State string `json:"state"`
}

var cities = map[string]string{"seattle": "WA", "portland": "OR"}

// Order is a body of some 10 KB.
type Order struct {
	ID    string  `json:"id"`
	Note  string  `json:"note"`
	Total float64 `json:"total"`
	Lines []Line  `json:"lines"`
}

// Line is one line of an Order.
type Line struct {
	SKU      string   `json:"sku"`
	Name     string   `json:"name"`
	Quantity int      `json:"quantity"`
	Price    float64  `json:"price"`
	Tags     []string `json:"tags"`
	Gift     bool     `json:"gift"`
}

func orderJSON(tb testing.TB) []byte {
	order := Order{ID: "o-1", Note: "leave it at the <door> & ring", Total: 1234.5}
	for i := range 92 {
		order.Lines = append(order.Lines, Line{
			SKU: "sku-" + strings.Repeat("x", i%7), Name: "A thing to \"buy\"", Quantity: i, Price: float64(i) * 1.25,
			Tags: []string{"red", "small"}, Gift: i%2 == 0,
		})
	}
	b, err := json.Marshal(order)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// members of an event in the order in which API Gateway sends them.
var members = []string{"resource", "path", "httpMethod", "headers", "multiValueHeaders", "queryStringParameters",
	"multiValueQueryStringParameters", "pathParameters", "stageVariables", "requestContext", "body", "isBase64Encoded"}

// event is get.json with some members replaced.
func event(tb testing.TB, replace map[string]any) []byte {
	var e map[string]json.RawMessage
	if err := json.Unmarshal(getEvent, &e); err != nil {
		tb.Fatal(err)
	}
	out := []byte("{")
	for i, name := range members {
		value := []byte(e[name])
		if v, ok := replace[name]; ok {
			b, err := json.Marshal(v)
			if err != nil {
				tb.Fatal(err)
			}
			value = b
		}
		if i > 0 {
			out = append(out, ',')
		}
		out = fmt.Appendf(out, "%q:%s", name, value)
	}
	return append(out, '}')
}

func postEvent(tb testing.TB) []byte {
	return event(tb, map[string]any{"resource": "/orders", "path": "/orders", "httpMethod": "POST",
		"pathParameters": nil, "body": string(orderJSON(tb)),
		"multiValueHeaders": map[string][]string{"Content-Type": {"application/json"}}})
}

func city(e string) map[string]any {
	return map[string]any{"path": "/cities/" + e, "pathParameters": map[string]string{"city": e}}
}

func stateOfCity(_ context.Context, city string) (State, error) {
	s, ok := cities[city]
	if city == "nowhere" {
		return State{}, handlerkit.NotFound(city)
	}
	if !ok {
		return State{}, handlerkit.BadRequest("Unknown city '%s', valid choices are: portland, seattle", city)
	}
	return State{s}, nil
}

func putOrder(_ context.Context, o Order) (Order, error) { return o, nil }

// generated is the handler as the generated main makes it.
func generated(tb testing.TB, cors *lambdamain.CORS) lambda.Handler {
	serveCity := func(ctx context.Context, req *handlerkit.Request) (any, error) {
		return stateOfCity(ctx, req.PathValue("city"))
	}
	serveOrder := func(ctx context.Context, req *handlerkit.Request) (any, error) {
		body, err := lambdamain.Body[Order](req)
		if err != nil {
			return nil, err
		}
		return putOrder(ctx, body)
	}
	h, err := lambdamain.API{Routes: []lambdamain.Route{
		{Method: "GET", Path: "/cities/{city}", Handler: "bench.stateOfCity", CORS: cors, Bound: true, Serve: serveCity},
		{Method: "POST", Path: "/orders", Handler: "bench.putOrder", Bound: true, Serve: serveOrder},
	}}.Handler()
	if err != nil {
		tb.Fatal(err)
	}
	return h
}

// typed is aws-lambda-go's handler of the event's own type.
func typed() lambda.Handler {
	return lambda.NewHandler(func(ctx context.Context, e events.APIGatewayProxyRequest) (events.APIGatewayProxyResponse, error) {
		if e.HTTPMethod == http.MethodPost {
			var o Order
			if err := json.Unmarshal([]byte(e.Body), &o); err != nil {
				return events.APIGatewayProxyResponse{}, err
			}
			return answer(putOrder(ctx, o))
		}
		return answer(stateOfCity(ctx, e.PathParameters["city"]))
	})
}

func answer(v any, err error) (events.APIGatewayProxyResponse, error) {
	if err != nil {
		return events.APIGatewayProxyResponse{}, err
	}
	b, err := json.Marshal(v)
	return events.APIGatewayProxyResponse{StatusCode: 200, Headers: map[string]string{"Content-Type": "application/json"}, Body: string(b)}, err
}

// proxied is chi behind aws-lambda-go-api-proxy.
func proxied() lambda.Handler {
	r := chi.NewRouter()
	r.Get("/cities/{city}", func(w http.ResponseWriter, r *http.Request) {
		s, _ := stateOfCity(r.Context(), chi.URLParam(r, "city"))
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(s)
	})
	adapter := chiadapter.New(r)
	return lambda.NewHandler(adapter.ProxyWithContext)
}
