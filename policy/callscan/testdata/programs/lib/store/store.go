// Package store is somebody's library above the SDK.
package store

import (
	"bytes"
	"context"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// Bucket is a bucket.
type Bucket struct {
	client *s3.Client
	name   string
}

// Open opens a bucket.
func Open(client *s3.Client, name string) *Bucket { return &Bucket{client, name} }

// Save saves.
func (b *Bucket) Save(ctx context.Context, key string, data []byte) error {
	_, err := b.client.PutObject(ctx, &s3.PutObjectInput{Bucket: &b.name, Key: &key, Body: bytes.NewReader(data)})
	return err
}

// Remove removes.
func (b *Bucket) Remove(ctx context.Context, key string) error {
	_, err := b.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &b.name, Key: &key})
	return err
}
