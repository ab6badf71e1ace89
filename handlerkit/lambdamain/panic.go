package lambdamain

import "fmt"

// panicError is a panic of user code, or its runtime.Goexit.
type panicError struct {
	value any // nil for Goexit
	stack []byte
}

// caught makes an error of what recover returned.
func caught(value any, stack []byte) *panicError { return &panicError{value, stack} }

// Error says what happened.
func (p *panicError) Error() string {
	if p.value == nil {
		return "the handler ended its goroutine (runtime.Goexit)"
	}
	return fmt.Sprintf("panic: %v", p.value)
}
