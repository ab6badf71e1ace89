package awstest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// What moto cannot do and AWS can is repaired here, between the program and
// moto, and nowhere else, so that the program need not know of moto. Each
// repair says which gap it fills; moto's version is that of MotoRequirements.

// repairRequest returns the body to send on.
func repairRequest(service, operation string, body []byte) []byte {
	if service == "apigateway" && (operation == "PutRestApi" || operation == "CreateRestApi" && bytes.Contains(body, []byte(`"paths"`))) {
		return repairImport(body)
	}
	return body
}

// repairImport completes an OpenAPI document: moto demands version 3 (what it
// reads is in the same place in version 2, which a peer imports), a description of
// the API, and of each integration a uri and an httpMethod, which those of type
// "mock" have none of.
func repairImport(body []byte) []byte {
	var doc map[string]any
	if json.Unmarshal(body, &doc) != nil {
		return body
	}
	if doc["swagger"] != nil {
		delete(doc, "swagger")
		doc["openapi"] = "3.0.1"
	}
	if info, ok := doc["info"].(map[string]any); ok && info["description"] == nil {
		info["description"] = ""
	}
	paths, _ := doc["paths"].(map[string]any)
	for _, path := range paths {
		methods, _ := path.(map[string]any)
		for _, method := range methods {
			m, _ := method.(map[string]any)
			integration, ok := m["x-amazon-apigateway-integration"].(map[string]any)
			if !ok {
				continue
			}
			for name, value := range map[string]string{"uri": "", "httpMethod": "POST"} {
				if integration[name] == nil {
					integration[name] = value
				}
			}
		}
	}
	text, err := json.Marshal(doc)
	if err != nil {
		return body
	}
	return text
}

// repairAnswer returns the answer to give, and the path and body of a PATCH that
// makes moto know what it answers; "" where there is none.
func repairAnswer(c *Call, status int, answer []byte) (repaired []byte, path, patch string) {
	if c.Service != "apigateway" || c.Operation != "CreateRestApi" || status >= http.StatusBadRequest {
		return answer, "", ""
	}
	return repairCreation(c.Body, answer)
}

// repairCreation gives a new API the binary types that moto forgets.
func repairCreation(request, answer []byte) (repaired []byte, path, patch string) {
	var asked struct{ BinaryMediaTypes []string }
	var api map[string]any
	if json.Unmarshal(request, &asked) != nil || json.Unmarshal(answer, &api) != nil || len(asked.BinaryMediaTypes) == 0 {
		return answer, "", ""
	}
	type operation struct {
		Op    string `json:"op"`
		Path  string `json:"path"`
		Value string `json:"value"`
	}
	var operations []operation
	for _, name := range asked.BinaryMediaTypes {
		operations = append(operations, operation{"add", "/binaryMediaTypes/" + strings.ReplaceAll(name, "/", "~1"), name})
	}
	api["binaryMediaTypes"] = asked.BinaryMediaTypes
	text, err := json.Marshal(map[string]any{"patchOperations": operations})
	if err != nil {
		return answer, "", ""
	}
	if repaired, err = json.Marshal(api); err != nil {
		return answer, "", ""
	}
	return repaired, fmt.Sprintf("/restapis/%v", api["id"]), string(text)
}

// crashes says whether moto had an internal error, as it has of what is deleted,
// or taken from a usage plan, for the second time. AWS says that there is none.
func crashes(c *Call, status int) bool {
	return status == http.StatusInternalServerError && c.Service == "apigateway" &&
		(strings.HasPrefix(c.Operation, "Delete") || c.Operation == "UpdateUsagePlan")
}
