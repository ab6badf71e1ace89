package policygen

import (
	"fmt"

	"github.com/chalicefile/chalicefile/internal/model"
	"github.com/chalicefile/chalicefile/internal/source"
	"github.com/chalicefile/chalicefile/internal/source/all"
	"github.com/chalicefile/chalicefile/loader/diag"
	"github.com/chalicefile/chalicefile/policy"
)

// implied allows what Lambda does in the function's name because of what the
// Chalicefile says of it.
func (b *builder) implied() {
	b.logs()
	b.eventSource()
	b.deadLetter()
	if b.function.Settings.Tracing {
		b.allow(source.Allow("*", "xray:PutTraceSegments", "xray:PutTelemetryRecords"),
			b.setting("tracing", Cause{Kind: Tracing, Text: "tracing: Lambda sends traces to X-Ray",
				Wide: []Wide{{Text: "AWS knows no resources for these actions of X-Ray"}}}))
	}
	if v := b.function.Settings.VPC; v != nil && len(v.SubnetIDs) > 0 {
		b.allow(source.Allow("*", "ec2:AssignPrivateIpAddresses", "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface",
			"ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:UnassignPrivateIpAddresses"),
			b.setting("vpc", Cause{Kind: VPC, Text: "vpc: Lambda makes network interfaces in the subnets",
				Wide: []Wide{{Text: "Lambda wants these actions on all resources, or refuses the function"}}}))
	}
	if b.function.Kind == model.KindWebSocket {
		api := b.WebSocketAPI
		if api == "" {
			api = "*"
		}
		b.allow(source.Allow(b.at.ARN("execute-api", api+"/", "*/@connections/*"), "execute-api:ManageConnections"),
			Cause{Kind: WebSocket, Text: "websocket: handlers send to connections", At: diag.Key("websocket")})
	}
}

func (b *builder) logs() {
	group := "/aws/lambda/" + b.function.LambdaName
	b.allow(source.Allow(b.at.ARN("logs", "log-group:", group+":*"), "logs:CreateLogStream", "logs:PutLogEvents"),
		Cause{Kind: LogGroup, Text: "every function writes to its own log group"})
}

func (b *builder) eventSource() {
	e, kind, at := entry(b.function)
	d, ok := all.Find(kind)
	if !ok || d.Statements == nil {
		return
	}
	for _, s := range d.Statements(e, b.at) {
		because := Cause{Kind: EventSource, Text: fmt.Sprintf("the event source %s of %s", kind, e.Name), At: at}
		if len(s.Resource) == 1 && s.Resource[0] == "*" {
			because.Wide = []Wide{{Text: "AWS knows no resources for " + s.Action[0]}}
		}
		b.allow(s, because)
	}
}

// entry is what runs a function: an entry of events or of schedules; kind is ""
// where nothing does.
func entry(fn *model.Function) (e source.Entry, kind string, at diag.At) {
	switch {
	case fn.Event != nil:
		return source.Entry{Name: fn.Event.Name, Source: fn.Event.Source, Settings: fn.Event.Settings}, fn.Event.Kind,
			diag.Key("events", fn.Event.Name, fn.Event.Kind)
	case fn.Schedule != nil:
		return source.Entry{Name: fn.Schedule.Name, Source: fn.Schedule, Settings: fn.Schedule.Settings}, "schedule",
			diag.Key("schedules", fn.Schedule.Name)
	}
	return source.Entry{}, "", diag.At{}
}

func (b *builder) deadLetter() {
	for _, s := range source.Deliver(b.function.Settings.DeadLetterARN) {
		b.allow(s, b.setting("dead_letter_arn", Cause{Kind: DeadLetter, Text: "dead_letter_arn: Lambda hands over events whose every try failed"}))
	}
}

// setting places a cause at a setting: the function's own, or that of defaults.
func (b *builder) setting(key string, c Cause) Cause {
	c.At = diag.Key("defaults", key)
	if own := ownSettings(b.function, b.App.Spec); own != nil {
		set := map[string]bool{
			"tracing": own.Tracing != nil, "vpc": own.VPC != nil, "dead_letter_arn": own.DeadLetterARN != "",
			"iam": own.IAM != nil,
		}
		if set[key] {
			c.At = diag.Key(diag.Path(b.function.Path).With(key)...)
		}
	}
	return c
}

// fits tells whether IAM takes a document as the policy of a role.
func fits(d policy.Document) bool { return d.Size() <= policy.InlineLimit }
