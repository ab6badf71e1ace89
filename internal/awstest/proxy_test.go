package awstest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestMain(m *testing.M) { os.Exit(Main(m)) }

func request(method, url, service, body string, header ...string) *http.Request {
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		panic(err)
	}
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=testing/20261122/us-west-2/"+service+"/aws4_request, SignedHeaders=host")
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return r
}

func TestIdentify(t *testing.T) {
	const form = "application/x-www-form-urlencoded"
	for _, tt := range []struct {
		r        *http.Request
		body     string
		want     string
		mutating bool
	}{
		{request("POST", "/", "iam", "", "Content-Type", form), "Action=CreateRole&RoleName=x", "iam:CreateRole", true},
		{request("POST", "/", "sts", "", "Content-Type", form), "Action=GetCallerIdentity", "sts:GetCallerIdentity", false},
		{request("POST", "/", "logs", "", "X-Amz-Target", "Logs_20140328.CreateLogGroup"), "{}", "logs:CreateLogGroup", true},
		{request("POST", "/", "tagging", "", "X-Amz-Target", "ResourceGroupsTaggingAPI_20170126.GetResources"), "{}", "tagging:GetResources", false},
		{request("POST", "/2015-03-31/functions", "lambda", ""), "{}", "lambda:CreateFunction", true},
		{request("GET", "/2015-03-31/functions/", "lambda", ""), "", "lambda:ListFunctions", false},
		{request("GET", "/2015-03-31/functions/a/policy", "lambda", ""), "", "lambda:GetPolicy", false},
		{request("DELETE", "/2015-03-31/functions/a/policy/chalicefile-api", "lambda", ""), "", "lambda:RemovePermission", true},
		{request("GET", "/2017-03-31/tags/arn%3Aaws%3Alambda%3Aus-west-2%3A1%3Afunction%3Aa", "lambda", ""), "", "lambda:ListTags", false},
		{request("PUT", "/restapis/abc?mode=overwrite", "apigateway", ""), "{}", "apigateway:PutRestApi", true},
		{request("GET", "/restapis/abc/stages/api", "apigateway", ""), "", "apigateway:GetStage", false},
		{request("PUT", "/tags/arn%3Aaws%3Aapigateway%3Aus-west-2%3A%3A%2Frestapis%2Fabc", "apigateway", ""), "{}", "apigateway:TagResource", true},
		{request("POST", "/schedules/nightly", "scheduler", ""), "{}", "scheduler:CreateSchedule", true},
		{request("PUT", "/bucket?notification", "s3", ""), "<x/>", "s3:PutBucketNotificationConfiguration", true},
		{request("HEAD", "/bucket", "s3", ""), "", "s3:HeadBucket", false},
		{request("POST", "/service/CloudWatchLogs/operation/DescribeLogGroups", "logs", ""), "", "logs:DescribeLogGroups", false},
		{request("GET", "/unheard-of", "lambda", ""), "", "lambda:GET /unheard-of", false},
		{request("POST", "/unheard-of", "lambda", ""), "", "lambda:POST /unheard-of", true},
	} {
		service, operation := identify(tt.r, []byte(tt.body))
		if got := service + ":" + operation; got != tt.want || mutates(operation) != tt.mutating {
			t.Errorf("%s %s is %s, mutating %v; want %s, %v", tt.r.Method, tt.r.URL, got, mutates(operation), tt.want, tt.mutating)
		}
	}
}

// upstream counts what arrives.
func upstream(t *testing.T) (*httptest.Server, *atomic.Int32) {
	t.Helper()
	var n atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n.Add(1)
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s %s", r.Method, r.URL, body)
	}))
	t.Cleanup(s.Close)
	return s, &n
}

func send(r *http.Request) (int, string) {
	res, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
	if err != nil {
		return 0, ""
	}
	defer res.Body.Close()
	text, _ := io.ReadAll(res.Body)
	return res.StatusCode, string(text)
}

func TestProxyForwardsAndCounts(t *testing.T) {
	up, arrived := upstream(t)
	p := NewProxy(t, up.URL)
	if status, text := send(request("POST", p.URL+"/2015-03-31/functions?a=b%2Fc", "lambda", "{}")); status != 200 || text != "POST /2015-03-31/functions?a=b%2Fc {}" {
		t.Errorf("%d %s", status, text)
	}
	send(request("GET", p.URL+"/2015-03-31/functions", "lambda", ""))
	calls := p.Calls()
	if len(calls) != 2 || calls[0].Mutation != 1 || calls[1].Mutation != 0 || calls[1].N != 2 || string(calls[0].Body) != "{}" || arrived.Load() != 2 {
		t.Errorf("%+v", calls)
	}
	if got := Log(calls); got != "  1 lambda:CreateFunction 200\n  2 lambda:ListFunctions 200\n" {
		t.Errorf("%q", got)
	}
	if p.Forget(); len(p.Calls()) != 0 {
		t.Error("calls are not forgotten")
	}
}

func TestProxyDrops(t *testing.T) {
	for _, tt := range []struct {
		fault   Fault
		status  int
		arrives int32
	}{
		{DropBefore, 0, 1}, {DropAfter, 0, 2}, {Throttle, 429, 1}, {Error, 500, 1}, {ErrorAfter, 500, 2},
	} {
		up, arrived := upstream(t)
		p := NewProxy(t, up.URL)
		var done atomic.Int32
		done.Store(-1)
		p.Inject(AtMutation(2, tt.fault.Then(func() { done.Store(arrived.Load()) })))
		post := func() int {
			status, _ := send(request("POST", p.URL+"/2015-03-31/functions", "lambda", "{}"))
			return status
		}
		if first := post(); first != 200 {
			t.Errorf("%v: the first mutating call: %d", tt.fault, first)
		}
		if second := post(); second != tt.status || arrived.Load() != tt.arrives || done.Load() != tt.arrives {
			t.Errorf("%v: status %d, %d arrived, %d when it was told", tt.fault, second, arrived.Load(), done.Load())
		}
		if third := post(); third != 200 {
			t.Errorf("%v: the third mutating call: %d", tt.fault, third)
		}
	}
}

func TestProxyDelaysAndSeesCallsInFlight(t *testing.T) {
	up, _ := upstream(t)
	p := NewProxy(t, up.URL)
	p.Delay(50 * time.Millisecond)
	done := make(chan bool)
	for range 3 {
		go func() { send(request("GET", p.URL+"/", "lambda", "")); done <- true }()
	}
	for range 3 {
		<-done
	}
	if p.MostInFlight() != 3 || p.Calls()[0].Took < 50*time.Millisecond {
		t.Errorf("%d in flight, %v", p.MostInFlight(), p.Calls()[0].Took)
	}
}

func TestShareIsTheSameForASeed(t *testing.T) {
	count := func(seed uint64) (list []int) {
		f := Share(seed, 1.0/3, Throttle)
		for i := range 300 {
			if f(nil).kind == faultThrottle {
				list = append(list, i)
			}
		}
		return list
	}
	a, b, c := count(1), count(1), count(2)
	if fmt.Sprint(a) != fmt.Sprint(b) || fmt.Sprint(a) == fmt.Sprint(c) || len(a) < 60 || len(a) > 140 {
		t.Errorf("%d, %d, %d of 300", len(a), len(b), len(c))
	}
}

func TestRepairImport(t *testing.T) {
	const body = `{"info":{"title":"a"},"paths":{"/":{"options":{"x-amazon-apigateway-integration":{"type":"mock"}},"get":{"x-amazon-apigateway-integration":{"type":"aws_proxy","uri":"arn:x","httpMethod":"POST"}}}}}`
	const want = `{"info":{"description":"","title":"a"},"paths":{"/":{"get":{"x-amazon-apigateway-integration":{"httpMethod":"POST","type":"aws_proxy","uri":"arn:x"}},"options":{"x-amazon-apigateway-integration":{"httpMethod":"POST","type":"mock","uri":""}}}}}`
	if got := string(repairRequest("apigateway", "PutRestApi", []byte(body))); got != want {
		t.Errorf("%s", got)
	}
	for _, other := range []string{"not json", "{}"} {
		if got := repairRequest("apigateway", "PutRestApi", []byte(other)); !json.Valid(got) && string(got) != other {
			t.Errorf("%s became %s", other, got)
		}
	}
}

func TestRepairCreation(t *testing.T) {
	s := Moto(t)
	p := NewProxy(t, s.URL)
	const script = `
gw = boto3.client("apigateway", region_name=region, endpoint_url=args[0])
api = gw.create_rest_api(name="binary", binaryMediaTypes=["*/*", "image/png"])
print(api["binaryMediaTypes"], gw.get_rest_api(restApiId=api["id"])["binaryMediaTypes"])
gw.delete_rest_api(restApiId=api["id"])
`
	if got := s.Python(t, Region, script, p.URL); got != "['*/*', 'image/png'] ['*/*', 'image/png']\n" {
		t.Error(got)
	}
}

// TestClientsUnderstandFaults shows what boto3 makes of the proxy's errors: they
// have the shapes of AWS.
func TestClientsUnderstandFaults(t *testing.T) {
	s := Moto(t)
	p := NewProxy(t, s.URL)
	const script = `
from botocore.config import Config
from botocore.exceptions import ClientError
for service, call in [("lambda", "list_functions"), ("apigateway", "get_rest_apis"), ("iam", "list_roles"), ("sts", "get_caller_identity"),
                      ("sns", "list_topics"), ("logs", "describe_log_groups"), ("events", "list_rules"), ("scheduler", "list_schedules"),
                      ("s3", "list_buckets"), ("ssm", "describe_parameters"), ("sqs", "list_queues"), ("dynamodb", "list_tables"),
                      ("resourcegroupstaggingapi", "get_resources")]:
    c = boto3.client(service, region_name=region, endpoint_url=args[0], config=Config(retries={"total_max_attempts": 1}))
    try:
        getattr(c, call)()
        print(service, "answered")
    except ClientError as e:
        print(service, e.response["Error"]["Code"], e.response["ResponseMetadata"]["HTTPStatusCode"])
`
	p.Inject(func(*Call) Fault { return Throttle })
	got := s.Python(t, Region, script, p.URL)
	const want = `lambda TooManyRequestsException 429
apigateway TooManyRequestsException 429
iam Throttling 400
sts Throttling 400
sns Throttled 429
logs ThrottlingException 400
events ThrottlingException 400
scheduler ThrottlingException 429
s3 SlowDown 503
ssm ThrottlingException 400
sqs RequestThrottled 403
dynamodb ThrottlingException 400
resourcegroupstaggingapi ThrottledException 400
`
	if got != want {
		t.Errorf("throttled:\n%s", got)
	}
	p.Inject(nil)
	if got := s.Python(t, Region, script, p.URL); strings.Count(got, "answered") != 13 {
		t.Errorf("without faults:\n%s", got)
	}
	for _, c := range p.Calls() {
		if c.Mutating {
			t.Errorf("%v counts as mutating", &c)
		}
	}
}
