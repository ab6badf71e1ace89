package aws

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/chalicefile/chalicefile/deployer"
)

// stopwatch is a clock that does not wait, and adds up what it would have.
type stopwatch struct {
	mu    sync.Mutex
	slept time.Duration
	times int
}

func (c *stopwatch) Now() time.Time { return time.Unix(0, 0) }
func (c *stopwatch) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.slept += d
	c.times++
	return ctx.Err()
}

// fakeClients speak with a server of the test's.
func fakeClients(t testing.TB, handler http.HandlerFunc) *Clients {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return NewClients(awssdk.Config{
		Region: testOwner.Region, BaseEndpoint: &server.URL, HTTPClient: httpClient(Options{}),
		Credentials: credentials.NewStaticCredentialsProvider("AKIATEST", "secret", ""),
	})
}

// refuse answers as services with JSON do.
func refuse(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("X-Amzn-Errortype", code)
	w.Header().Set("X-Amzn-Requestid", "request-1")
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"message": %q, "Message": %q}`, message, message)
}

// drop ends the connection without an answer.
func drop(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		if tcp, ok := conn.(*net.TCPConn); ok {
			tcp.SetLinger(0)
		}
		conn.Close()
	}
}

func TestRetry(t *testing.T) {
	get := func(ctx context.Context, c *Clients) error {
		_, err := c.Lambda.GetFunction(ctx, &lambda.GetFunctionInput{FunctionName: awssdk.String("f")})
		return err
	}
	permit := func(ctx context.Context, c *Clients) error {
		_, err := c.Lambda.AddPermission(ctx, &lambda.AddPermissionInput{
			FunctionName: awssdk.String("f"), StatementId: awssdk.String("s"), Action: awssdk.String("a"), Principal: awssdk.String("p"),
		})
		return err
	}
	remove := func(ctx context.Context, c *Clients) error {
		_, err := c.APIGateway.DeleteRestApi(ctx, &apigateway.DeleteRestApiInput{RestApiId: awssdk.String("abc")})
		return err
	}
	rename := func(ctx context.Context, c *Clients) error {
		_, err := c.APIGateway.UpdateDomainName(ctx, &apigateway.UpdateDomainNameInput{DomainName: awssdk.String("a.example")})
		return err
	}
	create := func(endpoint string) func(context.Context, *Clients) error {
		return func(ctx context.Context, c *Clients) error {
			want := wantedAPI()
			want.EndpointType = endpoint
			_, err := newRestAPIs(c).Create(ctx, want, &deployer.Run{Owner: gatewayOwner, Clock: &gatewayClock{}})
			return err
		}
	}
	throttle := func(w http.ResponseWriter) { refuse(w, 429, "TooManyRequestsException", "Rate exceeded") }
	internal := func(w http.ResponseWriter) { refuse(w, 500, "ServiceException", "oops") }
	for _, test := range []struct {
		name  string
		call  func(context.Context, *Clients) error
		fault func(http.ResponseWriter)
		times int // that the fault happens
		// calls is how many are made, class what comes of it; said is told while
		// waiting.
		calls int
		class deployer.Class
		code  string
		said  string
	}{
		{"throttled for long", get, throttle, 20, 21, "", "", "Lambda, which is throttling calls"},
		{"throttled, and must not be made twice", permit, throttle, 2, 3, "", "", ""},
		{"throttled for ever", get, throttle, 1 << 30, 0, deployer.ClassOther, "TooManyRequestsException", "Lambda, which is throttling calls"},
		{"slow by rule", remove, throttle, 3, 4, "", "", "API Gateway, which lets one REST API be deleted every 30 s"},
		{"slow by rule, too", rename, throttle, 3, 4, "", "", "API Gateway, which lets one domain name be changed every 30 s"},
		{"slow for some", create("EDGE"), throttle, 1 << 30, 0, deployer.ClassOther, "TooManyRequestsException", "API Gateway, which lets one edge-optimized REST API be made every 30 s"},
		{"less slow for others", create("REGIONAL"), throttle, 1 << 30, 0, deployer.ClassOther, "TooManyRequestsException", "API Gateway, which lets one REST API be made every 3 s"},
		{"lost", get, drop, 3, 4, "", "", ""},
		{"lost for ever", get, drop, 1 << 30, lostAttempts, deployer.ClassLost, "", "Lambda to answer"},
		{"lost, and must not be made twice", permit, drop, 1, 1, deployer.ClassLost, "", ""},
		{"500", get, internal, 3, 4, "", "", ""},
		{"500, and must not be made twice", permit, internal, 1, 1, deployer.ClassLost, "ServiceException", ""},
		{"a quota is no throttling", remove, func(w http.ResponseWriter) {
			refuse(w, 429, "LimitExceededException", "Maximum number of Deployments for this API has been reached.")
		}, 1 << 30, 1, deployer.ClassOther, "LimitExceededException", ""},
		{"not found", get, func(w http.ResponseWriter) { refuse(w, 404, "ResourceNotFoundException", "no") }, 9, 1, deployer.ClassNotFound, "ResourceNotFoundException", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			var count atomic.Int64
			c := fakeClients(t, func(w http.ResponseWriter, r *http.Request) {
				if int(count.Add(1)) <= test.times {
					test.fault(w)
					return
				}
				if r.Method == http.MethodDelete {
					w.WriteHeader(http.StatusAccepted)
				}
				fmt.Fprint(w, "{}")
			})
			var said []string
			clock := &stopwatch{}
			err := test.call(withWait(context.Background(), clock, func(text string) { said = append(said, text) }), c)
			calls := int(count.Load())
			var f *deployer.Failure
			switch {
			case test.class == "" && test.code == "" && err != nil:
				t.Fatal(err)
			case test.class != "" || test.code != "":
				if !errors.As(fail(err), &f) || f.Class != test.class || f.Code != test.code || f.Operation == "" {
					t.Errorf("the failure is %#v", f)
				}
			}
			if test.calls > 0 && calls != test.calls {
				t.Errorf("%d calls, not %d", calls, test.calls)
			}
			if test.times == 1<<30 && test.calls == 0 && (clock.slept < throttleLimit || clock.slept > throttleLimit+time.Minute) {
				t.Errorf("gave up after %v and %d calls", clock.slept, calls)
			}
			if test.said != "" && (len(said) != 2 || said[0] != test.said || said[1] != "") || test.said == "" && len(said) > 0 {
				t.Errorf("said %q", said)
			}
		})
	}
}

// TestAnswersThatCannotBeRead: what came as a whole is not asked for again, what
// was cut off is.
func TestAnswersThatCannotBeRead(t *testing.T) {
	for _, test := range []struct {
		name, answer string
		length       int // that is announced
		calls        int
		class        deployer.Class
		message      string
	}{
		{"no JSON", `{"Configuration": {"MemorySize": "much"}}`, 0, 1, deployer.ClassOther, "the answer cannot be read"},
		{"a page of a proxy", `<html>Welcome</html>`, 0, 1, deployer.ClassOther, "the answer cannot be read"},
		{"cut off", `{"Configuration": {"Mem`, 100, lostAttempts, deployer.ClassLost, "the answer did not arrive"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var count atomic.Int64
			c := fakeClients(t, func(w http.ResponseWriter, _ *http.Request) {
				count.Add(1)
				if test.length > 0 {
					w.Header().Set("Content-Length", strconv.Itoa(test.length))
				}
				fmt.Fprint(w, test.answer)
			})
			_, err := c.Lambda.GetFunction(withWait(context.Background(), &stopwatch{}, func(string) {}), &lambda.GetFunctionInput{FunctionName: awssdk.String("f")})
			var f *deployer.Failure
			if !errors.As(fail(err), &f) || f.Class != test.class || !strings.HasPrefix(f.Message, test.message) {
				t.Errorf("the failure is %#v", f)
			}
			if int(count.Load()) != test.calls {
				t.Errorf("%d calls, not %d", count.Load(), test.calls)
			}
		})
	}
}

// TestRetryNeedsAConnection: nothing was sent where there was no connection, so
// that any call may be made again, though not for long.
func TestRetryNeedsAConnection(t *testing.T) {
	c := fakeClients(t, nil)
	*c.Config.BaseEndpoint = "http://127.0.0.1:1"
	c = NewClients(c.Config)
	clock := &stopwatch{}
	_, err := c.Lambda.AddPermission(withWait(context.Background(), clock, nil), &lambda.AddPermissionInput{
		FunctionName: awssdk.String("f"), StatementId: awssdk.String("s"), Action: awssdk.String("a"), Principal: awssdk.String("p"),
	})
	want := "lambda:AddPermission: no connection to 127.0.0.1:1: connection refused (check the network, and AWS_ENDPOINT_URL where an emulator is meant)"
	if got := fail(err).Error(); got != want || clock.times != dialAttempts-1 {
		t.Errorf("after %d pauses: %s", clock.times, got)
	}
}

// TestRetryWithAThirdThrottled: many calls side by side all succeed, the gate
// lets fewer through, and nothing stalls.
func TestRetryWithAThirdThrottled(t *testing.T) {
	var calls, busy, most atomic.Int64
	c := fakeClients(t, func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		if n := busy.Add(1); n > most.Load() {
			most.Store(n)
		}
		defer busy.Add(-1)
		time.Sleep(time.Millisecond)
		if rand.IntN(10) < 3 {
			refuse(w, 429, "TooManyRequestsException", "Rate exceeded")
			return
		}
		fmt.Fprint(w, "{}")
	})
	clock := &stopwatch{}
	_, err := each(withWait(context.Background(), clock, nil), indexes(300), func(ctx context.Context, i int) (int, error) {
		_, err := c.Lambda.GetFunction(ctx, &lambda.GetFunctionInput{FunctionName: awssdk.String("f")})
		return 0, err
	})
	if err != nil {
		t.Fatal(err)
	}
	if most.Load() > gateStart || clock.slept/300 > time.Second {
		t.Errorf("%d calls, %d at once, %v of waiting a call", calls.Load(), most.Load(), clock.slept/300)
	}
	if limit := c.gates.of("Lambda").limit; limit > gateStart/2 {
		t.Errorf("the gate lets %v through", limit)
	}
}

func TestGateOfAService(t *testing.T) {
	g := &gate{limit: 4}
	began := []int{}
	for range 4 {
		b, err := g.enter(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		began = append(began, b)
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	given := errors.New("enough")
	cancel(given)
	if _, err := g.enter(ctx); !errors.Is(err, given) || len(g.queue) > 0 {
		t.Errorf("a full gate gives %v, %d wait", err, len(g.queue))
	}
	in := make(chan struct{})
	go func() {
		_, _ = g.enter(context.Background())
		close(in)
	}()
	for _, b := range began[:3] {
		g.leave(b, true)
	}
	if g.limit != 2 || g.halvings != 1 {
		t.Errorf("three of one time halve it once: %v", g.limit)
	}
	<-in
	for range 100 {
		g.leave(g.halvings, false)
		g.busy++
	}
	if g.limit < 10 || g.limit > gateMost {
		t.Errorf("after 100 good ones: %v", g.limit)
	}
}

// TestDebugTellsNoSecrets: names, codes and request ids, and nothing that was
// sent.
func TestDebugTellsNoSecrets(t *testing.T) {
	var told []string
	c := fakeClients(t, func(w http.ResponseWriter, r *http.Request) { refuse(w, 400, "InvalidParameterValueException", "no") })
	c.Config.APIOptions = append(c.Config.APIOptions, debugging(func(call string) { told = append(told, call) }))
	_, _ = NewClients(c.Config).Lambda.GetFunction(context.Background(), &lambda.GetFunctionInput{FunctionName: awssdk.String("hidden")})
	if want := []string{"lambda:GetFunction InvalidParameterValueException request-1"}; !slices.Equal(told, want) || strings.Contains(strings.Join(told, ""), "hidden") {
		t.Errorf("told %q", told)
	}
}
