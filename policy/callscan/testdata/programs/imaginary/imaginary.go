// Package imaginary stands for the client of a service that nobody knows yet.
package imaginary

import "context"

// Client is a client.
type Client struct{}

// Options are options.
type Options struct{}

// New makes a client.
func New(Options) *Client { return &Client{} }

// DreamInput is the input of Dream.
type DreamInput struct{ Name *string }

// DreamOutput is the output of Dream.
type DreamOutput struct{}

// Dream dreams.
func (*Client) Dream(ctx context.Context, in *DreamInput, opts ...func(*Options)) (*DreamOutput, error) {
	return nil, nil
}
