package loader

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/chalicefile/chalicefile/loader/diag"
)

// api checks the settings of the REST API.
func (c *checker) api() {
	a := &c.app.API
	if !c.sound("api") {
		return
	}
	switch {
	case a.EndpointType == "private" && len(a.VPCEndpointIDs) == 0 && a.PolicyFile == "":
		c.out.Err("private-endpoint", diag.Value("api", "endpoint_type"), "a private API needs to know who may reach it").
			WithHint("add vpc_endpoint_ids or policy_file")
	case a.EndpointType != "private" && len(a.VPCEndpointIDs) > 0:
		c.out.Err("private-endpoint", diag.Key("api", "vpc_endpoint_ids"), "vpc_endpoint_ids are for an API of endpoint_type private").
			WithHint("add endpoint_type: private, or leave them out")
	}
	if d := a.CustomDomain; d != nil && a.EndpointType == "edge" {
		if region := arnRegion(d.CertificateARN); region != "" && region != "us-east-1" {
			c.out.Err("certificate-region", diag.Value("api", "custom_domain", "certificate_arn"),
				fmt.Sprintf("the certificate is in %s, an edge API takes one of us-east-1", region)).
				WithHint("take a certificate of us-east-1, or endpoint_type: regional")
		}
	}
	if a.PolicyFile != "" {
		var policy map[string]any
		c.jsonFile(a.PolicyFile, diag.Value("api", "policy_file"), &policy)
	}
}

func arnRegion(arn string) string {
	if parts := strings.SplitN(arn, ":", 6); len(parts) == 6 && parts[0] == "arn" {
		return parts[3]
	}
	return ""
}

// jsonFile reads a JSON object that the Chalicefile names; it tells what
// hinders that and then returns false.
func (c *checker) jsonFile(name string, at diag.At, into any) bool {
	if unresolved(name) {
		return false
	}
	content, err := c.readFile(name)
	if err != nil {
		c.out.Err("policy-file", at, fmt.Sprintf("cannot read %s: %s", name, reason(err))).
			WithHint("write it: its name is relative to the Chalicefile")
		return false
	}
	if err := json.Unmarshal(content, into); err != nil {
		c.out.Err("policy-file", at, fmt.Sprintf("%s is no policy: %v", name, err)).WithHint("it holds an IAM policy as JSON")
		return false
	}
	return true
}
