// Package resource is what must exist in AWS, as a typed graph with
// references. It knows neither the SDK nor a template language: the deployer
// compares it with what exists, and templates are written from it.
package resource

import (
	"fmt"
	"slices"
	"strings"
)

// Kind says what a resource is.
type Kind string

// The kinds, each after those that it can depend on.
const (
	KindRole            Kind = "role"
	KindLogGroup        Kind = "log-group"
	KindFunction        Kind = "function"
	KindRestAPI         Kind = "rest-api"
	KindPermission      Kind = "permission"
	KindMapping         Kind = "event-source-mapping"
	KindRule            Kind = "rule"
	KindScheduleGroup   Kind = "schedule-group"
	KindSchedule        Kind = "schedule"
	KindNotification    Kind = "bucket-notification"
	KindSubscription    Kind = "subscription"
	KindUsagePlan       Kind = "usage-plan"
	KindAPIKey          Kind = "api-key"
	KindDomain          Kind = "domain"
	KindBasePathMapping Kind = "base-path-mapping"
	// What is not of the app, but asked about: see External.
	KindQueue  Kind = "queue"
	KindTable  Kind = "table"
	KindBucket Kind = "bucket"
	KindTopic  Kind = "topic"
	KindBus    Kind = "event-bus"
)

// Kinds of resources that an app can have, each after those that it can depend
// on.
func Kinds() []Kind {
	return []Kind{
		KindRole, KindLogGroup, KindFunction, KindRestAPI, KindPermission, KindMapping, KindRule, KindScheduleGroup,
		KindSchedule, KindNotification, KindSubscription, KindUsagePlan, KindAPIKey, KindDomain, KindBasePathMapping,
	}
}

// ID is the identity of a resource across deploys, for people to read too:
// "function/helloworld-dev".
type ID struct {
	Kind Kind
	// Name in AWS, or where AWS gives the names: what the resource belongs to.
	Name string
}

// String is kind/name.
func (id ID) String() string { return string(id.Kind) + "/" + id.Name }

// MarshalText writes an ID as String does.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (id *ID) UnmarshalText(text []byte) error {
	kind, name, ok := strings.Cut(string(text), "/")
	if !ok {
		return fmt.Errorf("%q is not kind/name", text)
	}
	id.Kind, id.Name = Kind(kind), name
	return nil
}

// Resource is one thing that must exist. The types of this package are all
// that there are.
type Resource interface {
	ID() ID
	// DependsOn are the resources of the graph that must be there before,
	// references included; none twice.
	DependsOn() []ID
	// Properties are what AWS is compared with, in an order for people, the same
	// for equal resources. What get does not know yet is Unknown.
	Properties(get Lookup) []Property
}

// Property is one compared property of a resource.
type Property struct {
	// Name as the Chalicefile has it, where it does: "memory_size",
	// "environment.TABLE".
	Name string
	// Value in a canonical form. "" is a property that is not set, which is not
	// told from one that is absent from the list.
	Value string
	// Secret values are never shown.
	Secret bool
	// Unknown until another resource exists; Value is then what is shown for it.
	Unknown bool
	// Fixed says why AWS cannot change it, so that another value means another
	// resource; "" where it can.
	Fixed string
	// Default is what AWS has where it says nothing; a live property without
	// Value counts as that.
	Default string
}

// Owner says whose resources are meant, and where.
type Owner struct {
	App, Stage                 string
	Partition, Region, Account string
}

// The tags that say to whom a resource belongs.
const (
	TagApp    = "chalicefile:app"
	TagStage  = "chalicefile:stage"
	TagRegion = "chalicefile:region"
)

// Tags are those that every resource of the owner has.
func (o Owner) Tags() map[string]string {
	return map[string]string{TagApp: o.App, TagStage: o.Stage, TagRegion: o.Region}
}

// Owns says whether these are the tags of a resource of the owner's.
func (o Owner) Owns(tags map[string]string) bool {
	return tags[TagApp] == o.App && tags[TagStage] == o.Stage && tags[TagRegion] == o.Region
}

// RolePath is the IAM path of the owner's roles.
func (o Owner) RolePath() string {
	return "/chalicefile/" + o.Region + "/" + o.App + "/" + o.Stage + "/"
}

// ARN of a resource of the owner's account and region.
func (o Owner) ARN(service, name string) string {
	return strings.Join([]string{"arn", o.Partition, service, o.Region, o.Account, name}, ":")
}

// FunctionARN is the ARN of a Lambda function by its name in AWS.
func (o Owner) FunctionARN(name string) string { return o.ARN("lambda", "function:"+name) }

// Graph is all that must exist for one stage of an app.
type Graph struct {
	Owner Owner
	// Resources, each after those that it depends on.
	Resources []Resource
	// External is what the resources refer to and the app does not own.
	External []External
}

// External is a resource that is not of the app, about which something must be
// known: the ARN of a table's latest stream, a queue's visibility timeout.
type External struct {
	// ID is that of references to it: queue/NAME-OR-ARN has the attributes
	// "arn" and "visibility_timeout" (seconds), table/NAME "stream_arn"; of
	// buckets, topics and buses only the place where they are named matters.
	ID ID
	// For is who needs it.
	For ID
	// Path of the Chalicefile where it is named, "events.on_message.sqs.queue".
	Path string
}

// Find finds a resource; nil where there is none.
func (g *Graph) Find(id ID) Resource {
	i := slices.IndexFunc(g.Resources, func(r Resource) bool { return r.ID() == id })
	if i < 0 {
		return nil
	}
	return g.Resources[i]
}

// Of are the resources of a kind.
func (g *Graph) Of(kind Kind) []Resource {
	var list []Resource
	for _, r := range g.Resources {
		if r.ID().Kind == kind {
			list = append(list, r)
		}
	}
	return list
}
