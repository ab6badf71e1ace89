package api

import "github.com/chalicefile/chalicefile/handlerkit"

// PutResource returns what the path held.
func PutResource(value string) map[string]string {
	return map[string]string{"value": value}
}

// MyView serves POST and PUT of one path, and answers null.
func MyView() {}

// MyViewPost serves POST.
func MyViewPost(req *handlerkit.Request) string { return "created by " + req.Method }

// MyViewPut serves PUT of the same path.
func MyViewPut(req *handlerkit.Request) string { return "replaced by " + req.Method }
