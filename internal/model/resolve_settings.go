package model

import (
	"maps"

	"github.com/chalicefile/chalicefile/spec"
)

// What holds for a Lambda function where nothing is set.
const (
	DefaultMemorySize       = 128
	DefaultTimeout          = 30
	DefaultArchitecture     = "arm64"
	DefaultEphemeralStorage = 512
)

// OverlaySettings puts own over defaults: environment and tags merge, the rest
// replaces. It shares memory with both and changes neither.
func OverlaySettings(defaults, own spec.Settings) spec.Settings {
	return spec.Settings{
		MemorySize:          or(own.MemorySize, defaults.MemorySize),
		Timeout:             or(own.Timeout, defaults.Timeout),
		Architecture:        firstSet(own.Architecture, defaults.Architecture),
		Environment:         mergeMaps(defaults.Environment, own.Environment),
		EphemeralStorage:    or(own.EphemeralStorage, defaults.EphemeralStorage),
		ReservedConcurrency: or(own.ReservedConcurrency, defaults.ReservedConcurrency),
		Layers:              orList(own.Layers, defaults.Layers),
		VPC:                 or(own.VPC, defaults.VPC),
		Tracing:             or(own.Tracing, defaults.Tracing),
		Tags:                mergeMaps(defaults.Tags, own.Tags),
		LogRetention:        or(own.LogRetention, defaults.LogRetention),
		DeadLetterARN:       firstSet(own.DeadLetterARN, defaults.DeadLetterARN),
		BuildTags:           orList(own.BuildTags, defaults.BuildTags),
		IAM:                 or(own.IAM, defaults.IAM),
	}
}

func settingsInForce(s spec.Settings) Settings {
	out := Settings{
		MemorySize:          valueOr(s.MemorySize, DefaultMemorySize),
		Timeout:             valueOr(s.Timeout, DefaultTimeout),
		Architecture:        firstSet(s.Architecture, DefaultArchitecture),
		Environment:         s.Environment,
		EphemeralStorage:    valueOr(s.EphemeralStorage, DefaultEphemeralStorage),
		ReservedConcurrency: s.ReservedConcurrency,
		Layers:              s.Layers,
		VPC:                 s.VPC,
		Tracing:             valueOr(s.Tracing, false),
		Tags:                s.Tags,
		LogRetention:        s.LogRetention,
		DeadLetterARN:       s.DeadLetterARN,
		BuildTags:           s.BuildTags,
	}
	if s.IAM != nil {
		out.IAM = *s.IAM
	}
	return out
}

// RoleOf is the ARN of the role that a function runs as where the Chalicefile
// names one; "" where deploy makes one for it.
func (a *App) RoleOf(fn *Function) string {
	return firstSet(fn.Settings.IAM.RoleARN, a.Spec.IAM.RoleARN)
}

// or is the first that is set. An empty list that was written is set.
func or[T any](a, b *T) *T {
	if a != nil {
		return a
	}
	return b
}

func orList(a, b []string) []string {
	if a != nil {
		return a
	}
	return b
}

func valueOr[T any](p *T, v T) T {
	if p != nil {
		return *p
	}
	return v
}

func mergeMaps(under, over map[string]string) map[string]string {
	switch {
	case len(over) == 0:
		return under
	case len(under) == 0:
		return over
	}
	out := maps.Clone(under)
	maps.Copy(out, over)
	return out
}
