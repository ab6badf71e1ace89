// Package bench compares what a request costs in a generated main with the same
// request through other ways to write a Lambda function in Go. It is a module
// of its own, so that the peers' code stays out of the product's go.mod.
//
//	cd internal/bench && go test -bench . -benchmem
package bench
