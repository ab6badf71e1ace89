package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"
)

// A service is a client of the Go SDK, as botocore's model describes its API.
type service struct {
	key        string   // last element of the Go import path
	candidates []string // what its IAM prefix may be
	bearer     bool     // its calls are signed with a token, not by IAM
	operations []operation
}

type operation struct {
	name     string
	unsigned bool
	method   string
	uri      string
	members  []member // of the input
}

// A member is a field of an operation's input, or of a structure in it.
type member struct {
	name     string // as in Go
	wire     string // in the URI
	kind     string // string, list, structure, map, …
	required bool
	element  *shape // of a list of structures
	shape    *shape
	strings  bool // it is a list of strings
	enum     bool // one of the names that the API knows, which ARNs spell otherwise
}

type model struct {
	Metadata struct {
		ServiceID        string `json:"serviceId"`
		SigningName      string `json:"signingName"`
		EndpointPrefix   string `json:"endpointPrefix"`
		SignatureVersion string `json:"signatureVersion"`
	} `json:"metadata"`
	Operations map[string]struct {
		HTTP struct {
			Method string `json:"method"`
			URI    string `json:"requestUri"`
		} `json:"http"`
		Input    *ref     `json:"input"`
		AuthType string   `json:"authtype"`
		Auth     []string `json:"auth"`
	} `json:"operations"`
	Shapes map[string]*shape `json:"shapes"`
}

type ref struct {
	Shape        string `json:"shape"`
	LocationName string `json:"locationName"`
}

type shape struct {
	Type     string         `json:"type"`
	Members  map[string]ref `json:"members"`
	Member   *ref           `json:"member"`
	Required []string       `json:"required"`
	Enum     []string       `json:"enum"`

	model *model
}

// services reads every service's newest model; of those that several botocores have, the first one's.
func services(botocores []map[string][]byte) ([]service, error) {
	found := map[string]service{}
	for _, files := range botocores {
		for _, name := range newest(files) {
			m, err := decode(name, files[name])
			if err != nil {
				return nil, err
			}
			s := m.service(path.Base(path.Dir(path.Dir(name))))
			if _, known := found[s.key]; !known {
				found[s.key] = s
			}
		}
	}
	list := slices.Collect(maps.Values(found))
	slices.SortFunc(list, func(a, b service) int { return strings.Compare(a.key, b.key) })
	return list, nil
}

// newest returns each directory's last version, sorted.
func newest(files map[string][]byte) []string {
	last := map[string]string{}
	for name := range files {
		dir := path.Dir(path.Dir(name))
		last[dir] = max(last[dir], name)
	}
	return slices.Sorted(maps.Values(last))
}

func decode(name string, data []byte) (*model, error) {
	if strings.HasSuffix(name, ".gz") {
		z, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if data, err = io.ReadAll(z); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	var m model
	if err := json.Unmarshal(data, &m); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	for _, s := range m.Shapes {
		s.model = &m
	}
	return &m, nil
}

// packageOf is the Go SDK's rule for the names of its packages.
func packageOf(serviceID string) string {
	return strings.ToLower(strings.NewReplacer(" ", "", "-", "").Replace(serviceID))
}

func (m *model) service(dir string) service {
	s := service{key: packageOf(m.Metadata.ServiceID), bearer: m.Metadata.SignatureVersion == "bearer"}
	s.candidates = []string{m.Metadata.SigningName, m.Metadata.EndpointPrefix, dir, s.key}
	for _, name := range slices.Sorted(maps.Keys(m.Operations)) {
		o := m.Operations[name]
		op := operation{name: name, method: o.HTTP.Method, uri: o.HTTP.URI}
		op.unsigned = o.AuthType == "none" || slices.Contains(o.Auth, "smithy.api#noAuth")
		if o.Input != nil {
			op.members = m.Shapes[o.Input.Shape].fields()
		}
		s.operations = append(s.operations, op)
	}
	return s
}

// fields returns a structure's members, sorted by name.
func (s *shape) fields() []member {
	var list []member
	for _, name := range slices.Sorted(maps.Keys(s.Members)) {
		r := s.Members[name]
		target := s.model.Shapes[r.Shape]
		f := member{name: strings.ToUpper(name[:1]) + name[1:], wire: r.LocationName, kind: target.Type, shape: target}
		f.enum = len(target.Enum) > 0
		f.required = slices.Contains(s.Required, name)
		if f.wire == "" {
			f.wire = name
		}
		if target.Member != nil {
			f.element = s.model.Shapes[target.Member.Shape]
			f.strings = f.element.Type == "string"
		}
		list = append(list, f)
	}
	return list
}

// roles returns the paths of the members that name a role to pass, those of structures within included.
func roles(members []member, prefix string, depth int) []roleMember {
	var found []roleMember
	for _, m := range members {
		name := prefix + m.name
		switch {
		case m.kind == "string" && isRole(m.name):
			found = append(found, roleMember{name, m.required && prefix == ""})
		case m.strings && isRole(m.name):
			found = append(found, roleMember{name + "[]", false})
		case m.kind == "structure" && depth > 0:
			found = append(found, roles(m.shape.fields(), name+".", depth-1)...)
		case m.element != nil && m.element.Type == "structure" && depth > 0:
			found = append(found, roles(m.element.fields(), name+"[].", depth-1)...)
		}
	}
	return found
}

type roleMember struct {
	path     string
	required bool
}

func isRole(name string) bool {
	name = strings.TrimSuffix(strings.ToLower(name), "s")
	return strings.HasSuffix(name, "role") || strings.HasSuffix(name, "rolearn")
}
