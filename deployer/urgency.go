package deployer

import "context"

type urgencyKey struct{}

// Urgency is how many calls the longest chain takes that begins with the step
// whose call this is: where calls must queue, the most urgent is to go first.
// It is 0 outside of steps.
func Urgency(ctx context.Context) int {
	urgency, _ := ctx.Value(urgencyKey{}).(int)
	return urgency
}

// WithUrgency tells the urgency of a step.
func WithUrgency(ctx context.Context, urgency int) context.Context {
	return context.WithValue(ctx, urgencyKey{}, urgency)
}

type stoppedKey struct{}

// Stopped is closed when the run of a step is interrupted: a call that queues by
// then is not to begin. It is nil outside of steps.
func Stopped(ctx context.Context) <-chan struct{} {
	stopped, _ := ctx.Value(stoppedKey{}).(<-chan struct{})
	return stopped
}

// WithStopped tells when the run of a step is interrupted.
func WithStopped(ctx context.Context, stopped <-chan struct{}) context.Context {
	return context.WithValue(ctx, stoppedKey{}, stopped)
}
