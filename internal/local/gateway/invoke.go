package gateway

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/chalicefile/chalicefile/internal/local/runtimeapi"
	"github.com/chalicefile/chalicefile/internal/model"
)

// invokePrefix is where Lambda's Invoke API has its functions, here at the root
// as well as below /_chalicefile.
const invokePrefix = "/2015-03-31/functions/"

// maxAsync is the largest event of an asynchronous invocation.
const maxAsync = 1 << 20

// functionNames finds functions by each of their names.
func functionNames(app *model.App) map[string]*model.Function {
	names := map[string]*model.Function{}
	for _, fn := range app.Functions {
		names[fn.LambdaName] = fn
	}
	for _, fn := range app.Functions {
		names[fn.Name] = fn
	}
	return names
}

// Function finds a function by its name in the Chalicefile, its name in AWS, or
// its ARN, whole or partial, with or without a qualifier.
func (g *Gateway) Function(name string) (*model.Function, bool) {
	if fn, ok := g.functions[name]; ok {
		return fn, true
	}
	if _, rest, ok := strings.Cut(name, "function:"); ok {
		name = rest
	}
	name, _, _ = strings.Cut(name, ":")
	fn, ok := g.functions[name]
	return fn, ok
}

// serveInvoke answers POST …/functions/NAME/invocations.
func (x *exchange) serveInvoke(path string) {
	x.add("x-amzn-RequestId", x.id)
	name, op, _ := strings.Cut(strings.TrimPrefix(path, invokePrefix), "/")
	if decoded, err := url.PathUnescape(name); err == nil {
		name = decoded
	}
	if op != "invocations" || x.req.Method != http.MethodPost {
		x.lambdaFault(404, "ResourceNotFoundException", "no such operation: POST "+invokePrefix+"NAME/invocations invokes a function")
		return
	}
	fn, ok := x.g.Function(name)
	if !ok {
		x.lambdaFault(404, "ResourceNotFoundException", "Function not found: "+x.g.functionARN(name))
		return
	}
	x.function = fn.Name
	payload := x.body
	if len(payload) == 0 {
		payload = []byte("{}")
	}
	switch {
	case x.req.TooLarge:
		x.lambdaFault(413, "RequestTooLargeException", "Request must be smaller than 6291456 bytes for the InvokeFunction operation")
	case !json.Valid(payload):
		x.lambdaFault(400, "InvalidRequestContentException", "Could not parse request body into json: the payload is not valid JSON")
	default:
		x.invoke(fn, payload)
	}
}

// invoke runs the function in the way that X-Amz-Invocation-Type says.
func (x *exchange) invoke(fn *model.Function, payload []byte) {
	call := runtimeapi.Call{RequestID: x.id, TraceID: x.trace, Payload: payload, Tail: x.req.Get("X-Amz-Log-Type") == "Tail"}
	if encoded := x.req.Get("X-Amz-Client-Context"); encoded != "" {
		decoded, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil || !json.Valid(decoded) {
			x.lambdaFault(400, "InvalidRequestContentException", "Client context must be a valid Base64-encoded JSON object.")
			return
		}
		call.ClientContext = compactJSON(decoded)
	}
	switch kind := x.req.Get("X-Amz-Invocation-Type"); kind {
	case "", "RequestResponse":
		x.invokeNow(fn, call)
	case "Event":
		x.invokeLater(fn, call)
	case "DryRun":
		x.ans.Status = 204
	default:
		x.lambdaFault(400, "InvalidParameterValueException", "Value '"+kind+"' at 'invocationType' failed to satisfy constraint: Member must satisfy enum value set: [Event, RequestResponse, DryRun]")
	}
}

func compactJSON(data []byte) string {
	var v any
	if json.Unmarshal(data, &v) != nil {
		return ""
	}
	out, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(out)
}

func (x *exchange) invokeNow(fn *model.Function, call runtimeapi.Call) {
	res, err := x.g.invoker.Invoke(x.g.context, fn, call)
	switch {
	case errors.Is(err, runtimeapi.ErrEventTooLarge):
		x.lambdaFault(413, "RequestTooLargeException", "Request must be smaller than 6291456 bytes for the InvokeFunction operation")
	case errors.Is(err, runtimeapi.ErrThrottled):
		x.throttled()
	case err != nil:
		x.lambdaFault(500, "ServiceException", err.Error())
	default:
		x.ans.Status, x.ans.Body = 200, res.Payload
		x.add("Content-Type", "application/json")
		x.add("X-Amz-Executed-Version", "$LATEST")
		if res.FunctionError != "" {
			x.add("X-Amz-Function-Error", res.FunctionError)
			x.hint = "the function failed: " + excerpt(res.Payload)
		}
		if call.Tail {
			x.add("X-Amz-Log-Result", base64.StdEncoding.EncodeToString(res.Log))
		}
	}
}

// invokeLater runs the function after the answer. Lambda would try a failed one
// twice more; here the log tells of it.
func (x *exchange) invokeLater(fn *model.Function, call runtimeapi.Call) {
	if len(call.Payload) > maxAsync {
		x.lambdaFault(413, "RequestTooLargeException", "Request must be smaller than 1048576 bytes for the InvokeFunction operation")
		return
	}
	call.Payload = append([]byte(nil), call.Payload...) // the request's is used again
	call.Tail = false
	g := x.g
	g.spawn(func() {
		res, err := g.invoker.Invoke(g.context, fn, call)
		switch {
		case err != nil:
			g.log.Printf("%s: the asynchronous invocation %s failed: %v", fn.Name, call.RequestID, err)
		case res.FunctionError != "":
			g.log.Printf("%s: the asynchronous invocation %s failed: %s", fn.Name, call.RequestID, excerpt(res.Payload))
		}
	})
	x.ans.Status = 202
}

func (x *exchange) throttled() {
	x.lambdaAnswer(429, "TooManyRequestsException", `{"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."}`)
	x.hint = "all of the function's reserved concurrency is in use"
}

// lambdaFault answers with an error of the Invoke API.
func (x *exchange) lambdaFault(status int, kind, message string) {
	b := append([]byte(`{"Type":"User","Message":`), appendString(nil, message)...)
	x.hint = message
	x.lambdaAnswer(status, kind, string(append(b, '}')))
}

func (x *exchange) lambdaAnswer(status int, kind, body string) {
	x.ans.Status, x.ans.Body = status, []byte(body)
	x.add("Content-Type", "application/json")
	x.add("X-Amzn-ErrorType", kind)
}

func (g *Gateway) functionARN(name string) string {
	return "arn:aws:lambda:" + g.region + ":" + g.account + ":function:" + name
}
