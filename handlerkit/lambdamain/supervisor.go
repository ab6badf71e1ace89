package lambdamain

import (
	"bytes"
	"context"
	"net/http"
	"runtime/debug"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

// supervisor keeps the process serving when a handler ends the goroutine that
// runs the loop of aws-lambda-go (runtime.Goexit): that cannot be recovered, so
// it answers in the loop's place and starts another.
type supervisor struct {
	api     string
	handler lambda.Handler
}

// abandoner is a handler that can say what to answer when its own Invoke does
// not return.
type abandoner interface {
	abandoned(ctx context.Context, payload, stack []byte) ([]byte, error)
}

// run serves for ever: aws-lambda-go ends the process when its loop ends.
func (s *supervisor) run() {
	go lambda.Start(s)
	select {}
}

// Invoke calls the handler.
func (s *supervisor) Invoke(ctx context.Context, payload []byte) (out []byte, err error) {
	a, ok := s.handler.(abandoner)
	if !ok {
		return s.handler.Invoke(ctx, payload)
	}
	finished := false
	defer func() {
		if finished {
			return
		}
		stack := debug.Stack()
		if p := recover(); p != nil {
			out, err = nil, caught(p, stack)
			return
		}
		s.answerFor(ctx, a, payload, stack)
		go lambda.Start(s)
	}()
	out, err = s.handler.Invoke(ctx, payload)
	finished = true
	return out, err
}

// answerFor answers an invocation whose goroutine is about to end.
func (s *supervisor) answerFor(ctx context.Context, a abandoner, payload, stack []byte) {
	lc, ok := lambdacontext.FromContext(ctx)
	if !ok {
		return
	}
	out, err := a.abandoned(ctx, payload, stack)
	if err != nil {
		return
	}
	url := "http://" + s.api + "/2018-06-01/runtime/invocation/" + lc.AwsRequestID + "/response"
	req, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(out))
	if err != nil {
		return
	}
	post(req)
}
