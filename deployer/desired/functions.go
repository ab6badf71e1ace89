package desired

import (
	"maps"
	"slices"

	"github.com/chalicefile/chalicefile/internal/model"
	"github.com/chalicefile/chalicefile/internal/resource"
	"github.com/chalicefile/chalicefile/loader/diag"
)

// functions adds the Lambda functions, each with its log group and its role.
func (b *builder) functions() {
	for _, fn := range b.App.Functions {
		if fn.Kind == model.KindWebSocket {
			continue // told by webSocket
		}
		logs := b.logGroup(fn)
		b.add(logs, place(fn))
		f := b.function(fn)
		f.Role, f.After = b.role(fn), []resource.ID{logs.ID()}
		b.add(f, place(fn))
	}
}

// place is where a function stands in the Chalicefile.
func place(fn *model.Function) diag.At {
	if fn.Path == nil {
		return diag.Value("app")
	}
	return diag.Key(fn.Path...)
}

func (b *builder) logGroup(fn *model.Function) *resource.LogGroup {
	g := &resource.LogGroup{Name: "/aws/lambda/" + fn.LambdaName, Tags: b.tags(fn.Settings.Tags)}
	if days := fn.Settings.LogRetention; days != nil {
		g.Retention = *days
	}
	return g
}

func (b *builder) function(fn *model.Function) *resource.Function {
	s := &fn.Settings
	f := &resource.Function{
		Name:                fn.LambdaName,
		Handler:             fn.Name,
		Code:                b.Code[s.Architecture],
		MemorySize:          s.MemorySize,
		EphemeralStorage:    s.EphemeralStorage,
		Timeout:             s.Timeout,
		Architecture:        s.Architecture,
		Environment:         maps.Clone(s.Environment),
		ReservedConcurrency: s.ReservedConcurrency,
		Layers:              slices.Clone(s.Layers), // their order counts
		Tracing:             s.Tracing,
		DeadLetterARN:       s.DeadLetterARN,
		Tags:                b.tags(s.Tags),
	}
	if s.VPC != nil {
		f.SubnetIDs = set(s.VPC.SubnetIDs)
		f.SecurityGroupIDs = set(s.VPC.SecurityGroupIDs)
	}
	return f
}

// set is the lists as one, sorted, nothing twice; nil where there is nothing.
func set(lists ...[]string) []string {
	all := slices.Concat(lists...)
	slices.Sort(all)
	return slices.Compact(all)
}
