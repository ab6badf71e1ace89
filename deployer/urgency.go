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
