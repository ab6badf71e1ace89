package eventbridge

import (
	"testing"

	"github.com/chalicefile/chalicefile/internal/source"
	"github.com/chalicefile/chalicefile/internal/source/sourcetest"
)

func TestPlan(t *testing.T) {
	for _, c := range []struct {
		name   string
		source Source
		want   string
	}{
		{"default bus", Source{Pattern: []byte(`{ "source": ["till"] }`)}, `permission/shop-dev-f/chalicefile-rule
	principal: events.amazonaws.com
	source_arn: arn:aws:events:eu-west-1:123456789012:rule/shop-dev-e
	after function/shop-dev-f
rule/shop-dev-e
	pattern: {"source":["till"]}
	function: arn:aws:lambda:eu-west-1:123456789012:function:shop-dev-f
	after function/shop-dev-f
	after permission/shop-dev-f/chalicefile-rule
`},
		{"own bus", Source{Bus: "till", Pattern: []byte(`{ "source": ["till"] }`), Description: "sales", Enabled: new(bool)}, `permission/shop-dev-f/chalicefile-rule
	principal: events.amazonaws.com
	source_arn: arn:aws:events:eu-west-1:123456789012:rule/till/shop-dev-e
	after function/shop-dev-f
rule/till/shop-dev-e
	pattern: {"source":["till"]}
	description: sales
	disabled: true
	function: arn:aws:lambda:eu-west-1:123456789012:function:shop-dev-f
	after function/shop-dev-f
	after permission/shop-dev-f/chalicefile-rule
external event-bus/till for rule/till/shop-dev-e at events.e.eventbridge.bus
`},
		{"own bus by ARN", Source{Bus: "arn:aws:events:eu-west-1:123456789012:event-bus/till", Pattern: []byte(`{ "source": ["till"] }`)}, `permission/shop-dev-f/chalicefile-rule
	principal: events.amazonaws.com
	source_arn: arn:aws:events:eu-west-1:123456789012:rule/till/shop-dev-e
	after function/shop-dev-f
rule/till/shop-dev-e
	pattern: {"source":["till"]}
	function: arn:aws:lambda:eu-west-1:123456789012:function:shop-dev-f
	after function/shop-dev-f
	after permission/shop-dev-f/chalicefile-rule
external event-bus/arn:aws:events:eu-west-1:123456789012:event-bus/till for rule/till/shop-dev-e at events.e.eventbridge.bus
`},
		{"default bus by ARN", Source{Bus: "arn:aws:events:eu-west-1:123456789012:event-bus/default", Pattern: []byte(`{ "source": ["till"] }`)}, `permission/shop-dev-f/chalicefile-rule
	principal: events.amazonaws.com
	source_arn: arn:aws:events:eu-west-1:123456789012:rule/shop-dev-e
	after function/shop-dev-f
rule/shop-dev-e
	pattern: {"source":["till"]}
	function: arn:aws:lambda:eu-west-1:123456789012:function:shop-dev-f
	after function/shop-dev-f
	after permission/shop-dev-f/chalicefile-rule
external event-bus/arn:aws:events:eu-west-1:123456789012:event-bus/default for rule/shop-dev-e at events.e.eventbridge.bus
`},
		{"bus of a partner", Source{Bus: "aws.partner/till.example/sales", Pattern: []byte(`{ "source": ["till"] }`)}, `permission/shop-dev-f/chalicefile-rule
	principal: events.amazonaws.com
	source_arn: arn:aws:events:eu-west-1:123456789012:rule/aws.partner/till.example/sales/shop-dev-e
	after function/shop-dev-f
rule/aws.partner/till.example/sales/shop-dev-e
	pattern: {"source":["till"]}
	function: arn:aws:lambda:eu-west-1:123456789012:function:shop-dev-f
	after function/shop-dev-f
	after permission/shop-dev-f/chalicefile-rule
external event-bus/aws.partner/till.example/sales for rule/aws.partner/till.example/sales/shop-dev-e at events.e.eventbridge.bus
`},
		{"bus of another account", Source{Bus: "arn:aws:events:eu-west-1:2:event-bus/till", Pattern: []byte(`{ "source": ["till"] }`)}, `permission/shop-dev-f/chalicefile-rule
	principal: events.amazonaws.com
	source_arn: arn:aws:events:eu-west-1:2:rule/till/shop-dev-e
	after function/shop-dev-f
rule/arn:aws:events:eu-west-1:2:event-bus/till/shop-dev-e
	pattern: {"source":["till"]}
	function: arn:aws:lambda:eu-west-1:123456789012:function:shop-dev-f
	after function/shop-dev-f
	after permission/shop-dev-f/chalicefile-rule
external event-bus/arn:aws:events:eu-west-1:2:event-bus/till for rule/arn:aws:events:eu-west-1:2:event-bus/till/shop-dev-e at events.e.eventbridge.bus
error foreign-bus events/e/eventbridge/bus: a rule on a bus of another account or region cannot call functions of this one (let a rule there send the events to a bus of this account and region, and name that one)
`},
	} {
		got := sourcetest.Planned(plan(source.Entry{Name: "e", Source: &c.source}, sourcetest.Target()))
		if got != c.want {
			t.Errorf("%s: got\n%swant\n%s", c.name, got, c.want)
		}
	}
}
