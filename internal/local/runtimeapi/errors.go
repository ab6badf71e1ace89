package runtimeapi

import (
	"encoding/json"
	"fmt"
	"time"
)

// The words of Lambda for what goes wrong outside of the function's code.

type functionError struct {
	Type    string `json:"errorType"`
	Message string `json:"errorMessage"`
}

func failed(errorType, message string) Result {
	payload, err := json.Marshal(functionError{errorType, message})
	if err != nil {
		payload = []byte(`{"errorType":"Runtime.Unknown"}`) // two strings always marshal
	}
	return Result{Payload: payload, FunctionError: "Unhandled"}
}

func timedOut(id string, after time.Duration) Result {
	return failed("Sandbox.Timedout", fmt.Sprintf("RequestId: %s Error: Task timed out after %.2f seconds", id, after.Seconds()))
}

func exited(id, reason string) Result {
	words := "Runtime exited without providing a reason"
	if reason != "" {
		words = "Runtime exited with error: " + reason
	}
	return failed("Runtime.ExitError", fmt.Sprintf("RequestId: %s Error: %s", id, words))
}

func tooLarge() Result {
	return failed("Function.ResponseSizeTooLarge", fmt.Sprintf("Response payload size exceeded maximum allowed payload size (%d bytes).", MaxResponse))
}

func notStarted(err error) Result {
	return failed("Runtime.InvalidEntrypoint", "Couldn't start the function's process: "+err.Error())
}

// Answers of the Runtime API to a process.
const (
	okBody              = `{"status":"OK"}` + "\n"
	invalidRequestID    = `{"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"}` + "\n"
	invalidTransition   = `{"errorMessage":"State transition is not allowed","errorType":"InvalidStateTransition"}` + "\n"
	responseTooLarge    = `{"errorMessage":"Exceeded maximum allowed payload size (6291556 bytes).","errorType":"RequestEntityTooLarge"}` + "\n"
	unknownRuntimeRoute = `{"errorMessage":"no such operation of the Runtime API","errorType":"InvalidRequest"}` + "\n"
)
