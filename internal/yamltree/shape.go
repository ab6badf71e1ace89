package yamltree

import "slices"

// shape is what overlays and interpolation need to know about a place of the
// format: nothing else in this package depends on what keys mean.
type shape struct {
	keys map[string]*shape
	each *shape // values of all other keys
	// handler: a string here is a handler reference, as are those of a list.
	handler bool
	// long: a string is short for {handler: …}.
	long bool
	// one: keys of which an overlay's replaces the others.
	one []string
	// whole: with another of one, the overlay replaces all of the mapping.
	whole bool
	// fixed: neither overlaid nor interpolated.
	fixed bool
	// free: data of the user, in which null is a value.
	free bool
}

// child is the shape of the value of a key. It may be called on nil.
func (s *shape) child(key string) *shape {
	if s == nil {
		return nil
	}
	if c, ok := s.keys[key]; ok {
		return c
	}
	return s.each
}

// sourceKinds are the event sources that the format started with.
var sourceKinds = []string{"s3", "sqs", "sns", "kinesis", "dynamodb", "eventbridge"}

// rootShape is the shape of a Chalicefile.
func rootShape(kinds []string) *shape {
	if kinds == nil {
		kinds = sourceKinds
	}
	ref, fixed, free := &shape{handler: true}, &shape{fixed: true}, &shape{free: true}
	handled := func(s shape) *shape {
		s.keys = map[string]*shape{keyHandler: ref}
		return &s
	}
	method := handled(shape{handler: true, long: true})
	route := &shape{keys: map[string]*shape{keyMiddleware: ref}}
	for _, m := range methods {
		route.keys[m] = method
	}
	schedule := handled(shape{one: []string{"rate", "cron", "at"}})
	schedule.keys["input"] = free
	event := handled(shape{one: slices.Clone(kinds)})
	source := &shape{keys: map[string]*shape{"pattern": free, "filter_policy": free, "filters": free}}
	for _, kind := range kinds {
		event.keys[kind] = source
	}
	authorizer := handled(shape{one: []string{"iam", "cognito", "custom", keyHandler}, whole: true})
	return &shape{keys: map[string]*shape{
		"version": fixed, "app": fixed, "package": fixed, "include": fixed, "stages": fixed,
		secRoutes:      {each: route},
		secAuthorizers: {each: authorizer},
		secSchedules:   {each: schedule},
		secEvents:      {each: event},
		secFunctions:   {each: handled(shape{})},
		keyMiddleware:  ref,
		secWebSocket: {keys: map[string]*shape{
			"connect": ref, "disconnect": ref, "default": ref, "routes": {each: ref},
		}},
	}}
}
