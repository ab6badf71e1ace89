package awstest

import "encoding/json"

// What moto cannot do and AWS can is repaired here, between the program and
// moto, and nowhere else, so that the program need not know of moto. Each
// repair says which gap it fills; moto's version is that of MotoRequirements.

// repairRequest returns the body to send on.
func repairRequest(service, operation string, body []byte) []byte {
	if service == "apigateway" && operation == "PutRestApi" {
		return repairImport(body)
	}
	return body
}

// repairImport completes an OpenAPI document: moto demands a description of the
// API, and of each integration a uri and an httpMethod, which those of type
// "mock" have none of.
func repairImport(body []byte) []byte {
	var doc map[string]any
	if json.Unmarshal(body, &doc) != nil {
		return body
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
