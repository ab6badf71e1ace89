package handlerkit

import (
	"errors"
	"time"
)

// S3Object is one record of an event of S3: what happened to which object.
type S3Object struct {
	// Bucket is its name.
	Bucket string
	// Key of the object, URL-decoded.
	Key string
	// VersionID in a bucket with versions.
	VersionID string
	// Size in bytes; 0 for a removed object.
	Size int64
	// ETag of the object.
	ETag string
	// EventName is ObjectCreated:Put, ObjectRemoved:Delete, ….
	EventName string
	// Time of the event.
	Time time.Time
}

// Event is an event of EventBridge with its detail decoded.
type Event[T any] struct {
	ID         string    `json:"id"`
	Source     string    `json:"source"`
	DetailType string    `json:"detail-type"`
	Account    string    `json:"account"`
	Region     string    `json:"region"`
	Time       time.Time `json:"time"`
	Resources  []string  `json:"resources"`
	Version    string    `json:"version"`
	Detail     T         `json:"detail"`
}

// Change is one change of an item in a DynamoDB table, decoded by the
// dynamodbav tags of T.
type Change[T any] struct {
	// Name is INSERT, MODIFY or REMOVE.
	Name string
	// Keys has the item's key attributes set, and nothing else.
	Keys T
	// Old and New are the item before and after; nil where there was none, or
	// where the stream does not tell.
	Old, New *T
}

// SocketEvent is an event of a WebSocket API.
type SocketEvent struct {
	// ConnectionID names the client's connection.
	ConnectionID string
	// RouteKey is $connect, $disconnect, $default or one of the app's own.
	RouteKey string
	// Body is the message.
	Body []byte
	// Authorizer is what the authorizer said when the client connected.
	Authorizer map[string]any
}

// Drop wraps the error of a record that shall not be retried: the record
// counts as done and the error is logged.
func Drop(err error) error {
	if err == nil {
		err = errors.New("dropped")
	}
	return &dropped{err}
}

type dropped struct{ error }

func (d *dropped) Unwrap() error { return d.error }

// IsDrop says that err came from Drop.
func IsDrop(err error) bool {
	_, ok := errors.AsType[*dropped](err)
	return ok
}
