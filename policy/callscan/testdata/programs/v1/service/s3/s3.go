// Package s3 stands for the client of aws-sdk-go v1.
package s3

// S3 is a client.
type S3 struct{}

// New makes one.
func New() *S3 { return &S3{} }

// PutObject puts.
func (*S3) PutObject(in any) (any, error) { return nil, nil }
