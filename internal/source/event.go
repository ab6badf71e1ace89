package source

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// SampleTime is when sample events happen: the same event each time.
const SampleTime = "2026-01-01T00:00:00.000Z"

// SampleSeconds and SampleMillis are SampleTime since 1970.
const (
	SampleSeconds = 1767225600
	SampleMillis  = 1767225600000
)

// WithDefaults fills what is not set; body is what one record has then.
func (o SampleOptions) WithDefaults(body string) SampleOptions {
	if o.Region == "" {
		o.Region = "us-east-1"
	}
	if o.Account == "" {
		o.Account = "000000000000"
	}
	if len(o.Bodies) == 0 {
		o.Bodies = []string{body}
	}
	return o
}

// ARN of a resource in the sample's region and account; a name that is an ARN
// already stays.
func (o SampleOptions) ARN(service, prefix, name string) string {
	if strings.HasPrefix(name, "arn:") {
		return name
	}
	return fmt.Sprintf("arn:aws:%s:%s:%s:%s%s", service, o.Region, o.Account, prefix, name)
}

// SampleID is a UUID for the i-th record.
func SampleID(i int) string { return fmt.Sprintf("19dd0b57-b21e-4ac1-bd88-%012d", i+1) }

// Records is the event that holds records.
func Records(records []any) []byte { return Encode(map[string]any{"Records": records}) }

// Encode writes v as AWS does: without escapes for HTML. It is for values that
// always encode.
func Encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("source.Encode: " + err.Error())
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}

// ResourceName is the last part of an ARN, after its last colon and slash; a
// name stays.
func ResourceName(nameOrARN string) string {
	if !strings.HasPrefix(nameOrARN, "arn:") {
		return nameOrARN
	}
	name := nameOrARN[strings.LastIndexByte(nameOrARN, ':')+1:]
	return name[strings.LastIndexByte(name, '/')+1:]
}

// SameResource says whether two names or ARNs mean the same: a name is one of
// the app's own region and account.
func SameResource(a, b string) bool {
	bothARNs := strings.HasPrefix(a, "arn:") && strings.HasPrefix(b, "arn:")
	return a == b || !bothARNs && ResourceName(a) == ResourceName(b)
}
