// Package plain is somebody's library without AWS.
package plain

// Each calls f with each of them.
func Each(names []string, f func(string) error) error {
	for _, n := range names {
		if err := f(n); err != nil {
			return err
		}
	}
	return nil
}

// Runner runs.
type Runner interface{ Run() error }

// Start runs r.
func Start(r Runner) error { return r.Run() }

// Resolve answers a query by the methods of resolver.
func Resolve(resolver any, query string) {}

// All runs all of them.
func All[T Runner](list ...T) error {
	for _, r := range list {
		if err := r.Run(); err != nil {
			return err
		}
	}
	return nil
}
