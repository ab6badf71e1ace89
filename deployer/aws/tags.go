package aws

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/chalicefile/chalicefile/internal/resource"
)

// tagMap makes a map of an SDK's list of tags, without those of AWS itself. It
// is never nil.
func tagMap[T any](list []T, pair func(T) (key, value *string)) map[string]string {
	tags := map[string]string{}
	for _, t := range list {
		key, value := pair(t)
		if key != nil && value != nil {
			tags[*key] = *value
		}
	}
	return plainTags(tags)
}

// plainTags are tags without those of AWS itself, for the APIs that have maps.
func plainTags(tags map[string]string) map[string]string {
	plain := map[string]string{}
	for key, value := range tags {
		if !strings.HasPrefix(key, "aws:") {
			plain[key] = value
		}
	}
	return plain
}

// tagList makes an SDK's list of tags, sorted by key.
func tagList[T any](tags map[string]string, tag func(key, value string) T) []T {
	list := make([]T, 0, len(tags))
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		list = append(list, tag(key, tags[key]))
	}
	return list
}

// tagDiff says which tags must be set, and which removed.
func tagDiff(want, live map[string]string) (set map[string]string, remove []string) {
	set = map[string]string{}
	for key, value := range want {
		if old, ok := live[key]; !ok || old != value {
			set[key] = value
		}
	}
	for _, key := range slices.Sorted(maps.Keys(live)) {
		if _, ok := want[key]; !ok {
			remove = append(remove, key)
		}
	}
	return set, remove
}

// ownership says whether the tags are the owner's, and whose they are else: ""
// where they do not say.
func ownership(owner resource.Owner, tags map[string]string) (owned bool, other string) {
	if owner.Owns(tags) {
		return true, ""
	}
	if tags[resource.TagApp] == "" {
		return false, ""
	}
	other = "app " + tags[resource.TagApp]
	if stage := tags[resource.TagStage]; stage != "" {
		other += ", stage " + stage
	}
	if region := tags[resource.TagRegion]; region != "" && region != owner.Region {
		other += ", region " + region
	}
	if tags[resource.TagStage] == "" || tags[resource.TagRegion] == "" {
		other += ", as far as its tags say"
	}
	return false, other
}

// canonicalJSON writes JSON with sorted keys and without spaces; what is no JSON
// stays as it is.
func canonicalJSON(text []byte) string {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil || decoder.More() {
		return string(text)
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return string(text)
	}
	return strings.TrimSpace(b.String())
}
