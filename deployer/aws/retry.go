package aws

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/chalicefile/chalicefile/deployer"
)

// onceOnly are the operations that make another one each time: after an answer
// that did not arrive, they are not tried again before somebody has looked.
var onceOnly = []string{
	"CreateRestApi", "CreateDeployment", "CreateApiKey", "CreateUsagePlan", "CreateEventSourceMapping", "AddPermission",
}

// rarely are the operations that AWS lets through so seldom that people wonder
// what takes so long.
var rarely = map[string]struct {
	period time.Duration
	rule   string
}{
	"CreateRestApi":    {3 * time.Second, "lets one REST API be made every 3 s"},
	createEdgeAPI:      {30 * time.Second, "lets one edge-optimized REST API be made every 30 s"},
	"PutRestApi":       {time.Second, "lets one REST API be imported every second"},
	"DeleteRestApi":    {30 * time.Second, "lets one REST API be deleted every 30 s"},
	"CreateDeployment": {5 * time.Second, "lets one deployment be made every 5 s"},
	"UpdateUsagePlan":  {20 * time.Second, "lets one usage plan be changed every 20 s"},
	"CreateDomainName": {30 * time.Second, "lets one domain name be made every 30 s"},
	"UpdateDomainName": {30 * time.Second, "lets one domain name be changed every 30 s"},
	"DeleteDomainName": {30 * time.Second, "lets one domain name be deleted every 30 s"},
}

// createEdgeAPI is CreateRestApi where a limit of its own holds: see paced.
const createEdgeAPI = "CreateRestApi EDGE"

type paceKey struct{}

// paced says by which of rarely a call is to be waited for, where that is not
// its operation.
func paced(ctx context.Context, pace string) context.Context {
	return context.WithValue(ctx, paceKey{}, pace)
}

const (
	// Throttled calls are tried again for so long, and so many times at least.
	throttleLimit    = 5 * time.Minute
	throttleAttempts = 12
	throttleCap      = 20 * time.Second
	// Calls whose answer was lost, and that may be repeated, so many times;
	// where no connection came about at all, or nobody answers for as long as is
	// waited for, fewer.
	lostAttempts   = 8
	lostCap        = 5 * time.Second
	dialAttempts   = 4
	silentAttempts = 3
)

// retryer repeats calls in place of the SDK's own retryer, which gives up too
// early, waits on a quota and tells nobody.
type retryer struct {
	gates *gates
}

// install puts it where the SDK's retryer is.
func (r *retryer) install(stack *middleware.Stack) error {
	return stack.Finalize.Insert(r, "Retry", middleware.Before)
}

// RetryID is the name of the clients' retryer among the middlewares of the SDK.
const RetryID = "ChalicefileRetry"

// ID implements a middleware of the SDK.
func (r *retryer) ID() string { return RetryID }

// HandleFinalize makes attempts until one succeeds or none more makes sense.
func (r *retryer) HandleFinalize(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
	service, operation := awsmiddleware.GetServiceID(ctx), awsmiddleware.GetOperationName(ctx)
	gate := r.gates.of(service)
	backoff := backoff{operation: operation, pace: operation}
	if pace, ok := ctx.Value(paceKey{}).(string); ok {
		backoff.pace = pace
	}
	told := false
	for {
		began, err := gate.enter(ctx)
		if err != nil {
			return middleware.FinalizeOutput{}, middleware.Metadata{}, err
		}
		out, metadata, err := next.HandleFinalize(ctx, in)
		fault := faultOf(err)
		gate.leave(began, fault == throttled)
		pause, again := backoff.next(fault, err)
		if err == nil || !again || ctx.Err() != nil {
			return out, metadata, err
		}
		if text := backoff.text(service); text != "" && !told {
			told = true
			tell(ctx, text)
			defer tell(ctx, "")
		}
		if sleep(ctx, pause) != nil {
			return out, metadata, err
		}
		if request, ok := in.Request.(*smithyhttp.Request); ok {
			if err := request.RewindStream(); err != nil {
				return out, metadata, err
			}
		}
	}
}

// fault is what an attempt failed of, as far as repeating it goes.
type fault int

const (
	final     fault = iota // success, or an answer that stays the same
	throttled              // not done, because there were too many
	unsent                 // not done: no connection came about
	lost                   // may have been done
)

// throttleCodes are what services say when there are too many calls, or
// somebody else changes the same thing.
var throttleCodes = []string{
	"Throttling", "ThrottlingException", "ThrottledException", "RequestThrottledException", "RequestThrottled", "Throttled",
	"TooManyRequestsException", "TooManyRequests", "RequestLimitExceeded", "BandwidthLimitExceeded", "LimitExceededException",
	"PriorRequestNotComplete", "TransactionInProgressException", "EC2ThrottledException", "SlowDown", "TooManyUpdates",
	"ProvisionedThroughputExceededException", "ConcurrentModification", "ConcurrentModificationException",
	"OperationAborted", "OperationAbortedException",
}

// faultOf tells what is the matter with an attempt.
func faultOf(err error) fault {
	var api smithy.APIError
	coded := errors.As(err, &api)
	status := statusOf(err)
	var dial *net.OpError
	var send *smithyhttp.RequestSendError
	var garbled *smithy.DeserializationError
	switch {
	case err == nil, isCredentials(err), isCertificate(err), isPlain(err), isNoURL(err):
		return final
	case coded && isQuota(api):
		return final
	case coded && slices.Contains(throttleCodes, api.ErrorCode()), status == http.StatusTooManyRequests:
		return throttled
	case coded && strings.Contains(api.ErrorMessage(), "due to concurrent modification"):
		return throttled
	case status == http.StatusNotImplemented:
		return final
	case status >= http.StatusInternalServerError:
		return lost
	case errors.As(err, &dial) && (dial.Op == "dial" || dial.Op == "proxyconnect"):
		return unsent
	case errors.As(err, &send), !coded && errors.As(err, &garbled) && isCut(err):
		return lost
	case coded && slices.Contains([]string{"RequestTimeout", "RequestTimeoutException"}, api.ErrorCode()):
		return lost
	}
	return final
}

// isCut says that an answer ended too early, or its connection did. One that came
// as a whole and cannot be read will not be another the next time.
func isCut(err error) bool {
	var network net.Error
	var syntax *json.SyntaxError
	return errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || errors.As(err, &network) ||
		errors.As(err, &syntax) && syntax.Error() == "unexpected end of JSON input" || errors.Is(err, syscall.ECONNRESET)
}

// isQuota tells "no more of these in this account" from "not so fast", which
// some services call by one name.
func isQuota(err smithy.APIError) bool {
	return err.ErrorCode() == "LimitExceededException" && !speed.MatchString(err.ErrorMessage())
}

var speed = regexp.MustCompile(`(?i)\brate\b|too many requests|throttl`)

func statusOf(err error) int {
	var response *smithyhttp.ResponseError
	if errors.As(err, &response) {
		return response.HTTPStatusCode()
	}
	return 0
}

// backoff knows how long to wait after which failure of one call.
type backoff struct {
	operation, pace string
	attempts, waits int
	silent          int // attempts that nobody answered in time
	throttled       bool
	waited          time.Duration
}

// next is the pause before the next attempt, and whether there is to be one.
func (b *backoff) next(f fault, err error) (pause time.Duration, again bool) {
	b.attempts++
	b.throttled = f == throttled
	switch f {
	case throttled:
		again = b.waited < throttleLimit || b.attempts < throttleAttempts
		pause = jitter(200*time.Millisecond, throttleCap, b.waits)
		if slow, ok := rarely[b.pace]; ok {
			pause = jitter(slow.period/10, slow.period/2, b.waits)
		}
		pause = max(pause, retryAfter(err))
	case unsent:
		again = b.attempts < dialAttempts
		pause = jitter(200*time.Millisecond, lostCap, b.waits)
	case lost:
		again = b.attempts < lostAttempts && !slices.Contains(onceOnly, b.operation)
		if isTimeout(err) {
			b.silent++
			again = again && b.silent < silentAttempts
		}
		pause = jitter(100*time.Millisecond, lostCap, b.waits)
	}
	b.waits++
	b.waited += pause
	return pause, again
}

// text says what is being waited for, where it takes long enough to wonder.
func (b *backoff) text(service string) string {
	slow, ok := rarely[b.pace]
	switch {
	case b.throttled && ok:
		return service + ", which " + slow.rule
	case b.throttled && b.waited > time.Second:
		return service + ", which is throttling calls"
	case b.waited > 2*time.Second:
		return service + " to answer"
	}
	return ""
}

// jitter is a random pause, twice as long at most each time.
func jitter(first, most time.Duration, n int) time.Duration {
	high := most
	if n < 20 {
		high = min(most, first<<n)
	}
	return high/4 + rand.N(high-high/4)
}

// retryAfter is how long AWS itself says to wait, within reason.
func retryAfter(err error) time.Duration {
	var response *awshttp.ResponseError
	if !errors.As(err, &response) || response.Response == nil {
		return 0
	}
	seconds, parseErr := strconv.Atoi(response.Response.Header.Get("Retry-After"))
	if parseErr != nil || seconds < 0 {
		return 0
	}
	return min(time.Duration(seconds)*time.Second, 30*time.Second)
}

type waitKey struct{}

// waiting is how a call waits, and whom it tells.
type waiting struct {
	clock deployer.Clock
	tell  func(string)
}

// withWait lets calls sleep by a clock, and say what they wait for.
func withWait(ctx context.Context, clock deployer.Clock, tell func(string)) context.Context {
	return context.WithValue(ctx, waitKey{}, waiting{clock, tell})
}

func tell(ctx context.Context, text string) {
	if w, _ := ctx.Value(waitKey{}).(waiting); w.tell != nil {
		w.tell(text)
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	if w, _ := ctx.Value(waitKey{}).(waiting); w.clock != nil {
		return w.clock.Sleep(ctx, d)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
