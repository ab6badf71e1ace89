package awstest

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
)

// Fault is what happens to a call in place of an answer.
type Fault struct {
	kind faultKind
	do   func()
	// what faultRefuse answers
	status        int
	code, message string
}

type faultKind int

const (
	faultNone faultKind = iota
	faultDropBefore
	faultDropAfter
	faultThrottle
	faultError
	faultErrorAfter
	faultHold
	faultRefuse
)

// The faults. Before and after are before and after AWS has done it.
var (
	None       = Fault{}
	DropBefore = Fault{kind: faultDropBefore}
	DropAfter  = Fault{kind: faultDropAfter}
	Throttle   = Fault{kind: faultThrottle}
	// Error is an internal error of AWS; with ErrorAfter it has done it all the
	// same.
	Error      = Fault{kind: faultError}
	ErrorAfter = Fault{kind: faultErrorAfter}
)

// Hold lets a call through when wait returns.
func Hold(wait func()) Fault { return Fault{kind: faultHold, do: wait} }

// Refuse answers with an error of AWS, and does nothing.
func Refuse(status int, code, message string) Fault {
	return Fault{kind: faultRefuse, status: status, code: code, message: message}
}

// Then is the fault with something done at that moment, such as killing the
// program.
func (f Fault) Then(do func()) Fault {
	f.do = do
	return f
}

func (f Fault) before() bool { return f.kind != faultDropAfter && f.kind != faultErrorAfter }

// String is for logs.
func (f Fault) String() string {
	return [...]string{"", "dropped before", "dropped after", "throttled", "error before", "error after", "held", "refused"}[f.kind]
}

// AtMutation makes a fault of the n-th mutating call, counted from 1.
func AtMutation(n int, f Fault) func(*Call) Fault {
	return func(c *Call) Fault {
		if c.Mutation == n {
			return f
		}
		return None
	}
}

// Share makes a fault of a random share of all calls, the same for a seed as
// far as the order of the calls is.
func Share(seed uint64, share float64, faults ...Fault) func(*Call) Fault {
	var mu sync.Mutex
	r := rand.New(rand.NewPCG(seed, 0))
	return func(*Call) Fault {
		mu.Lock()
		defer mu.Unlock()
		hit, which := r.Float64() < share, r.IntN(len(faults))
		if hit {
			return faults[which]
		}
		return None
	}
}

// protocol is how a service says that something went wrong.
type protocol int

const (
	restJSON protocol = iota
	targetJSON
	query
	restXML
)

func protocolOf(r *http.Request, service string) protocol {
	switch {
	case service == "s3":
		return restXML
	case r.Header.Get("X-Amz-Target") != "":
		return targetJSON
	case service == "iam" || service == "sts" || service == "sns" || service == "sqs":
		return query
	}
	return restJSON
}

// throttling are what services say when there are too many calls.
var throttling = map[string]struct {
	status        int
	code, message string
}{
	"lambda":     {429, "TooManyRequestsException", "Rate exceeded"},
	"apigateway": {429, "TooManyRequestsException", "Too Many Requests"},
	"scheduler":  {429, "ThrottlingException", "Rate exceeded"},
	"s3":         {503, "SlowDown", "Please reduce your request rate."},
	"iam":        {400, "Throttling", "Rate exceeded"},
	"sts":        {400, "Throttling", "Rate exceeded"},
	"sns":        {429, "Throttled", "Rate exceeded"},
	"tagging":    {400, "ThrottledException", "Rate exceeded"},
	"ssm":        {400, "ThrottlingException", "Rate exceeded"},
	"sqs":        {403, "RequestThrottled", "Request is throttled."},
}

func writeThrottled(w http.ResponseWriter, r *http.Request, service string) int {
	t, ok := throttling[service]
	if !ok {
		t.status, t.code, t.message = http.StatusBadRequest, "ThrottlingException", "Rate exceeded"
	}
	writeError(w, protocolOf(r, service), t.status, t.code, t.message)
	return t.status
}

func writeInternalError(w http.ResponseWriter, r *http.Request, service string) int {
	code := map[string]string{"lambda": "ServiceException", "s3": "InternalError", "apigateway": "InternalFailure", "scheduler": "InternalServerException"}[service]
	if code == "" {
		code = "InternalFailure"
	}
	writeError(w, protocolOf(r, service), http.StatusInternalServerError, code, "We encountered an internal error. Please try again.")
	return http.StatusInternalServerError
}

func writeError(w http.ResponseWriter, p protocol, status int, code, message string) {
	const id = "00000000-0000-0000-0000-00000000fa17"
	h := w.Header()
	h.Set("X-Amzn-Requestid", id)
	var body string
	switch p {
	case restJSON:
		h.Set("Content-Type", "application/json")
		h.Set("X-Amzn-Errortype", code)
		text, _ := json.Marshal(map[string]string{"message": message, "Type": "User"})
		body = string(text)
	case targetJSON:
		h.Set("Content-Type", "application/x-amz-json-1.1")
		text, _ := json.Marshal(map[string]string{"__type": code, "message": message})
		body = string(text)
	case query:
		h.Set("Content-Type", "text/xml")
		body = fmt.Sprintf(`<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error><RequestId>%s</RequestId></ErrorResponse>`, code, message, id)
	case restXML:
		h.Set("Content-Type", "application/xml")
		h.Set("X-Amz-Request-Id", id)
		body = fmt.Sprintf(`<?xml version="1.0" encoding="UTF-8"?><Error><Code>%s</Code><Message>%s</Message><RequestId>%s</RequestId></Error>`, code, message, id)
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body))
}
