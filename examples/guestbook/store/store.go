// Package store keeps the entries of the guestbook, in a DynamoDB table or in
// memory.
package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// ErrNotFound says that there is no entry of that id.
var ErrNotFound = errors.New("no such entry")

// Entry is what somebody wrote.
type Entry struct {
	ID      string    `json:"id" dynamodbav:"id"`
	Author  string    `json:"author" dynamodbav:"author"`
	Text    string    `json:"text" dynamodbav:"text"`
	Written time.Time `json:"written" dynamodbav:"written"`
}

// backend is what both kinds of store can do.
type backend interface {
	put(ctx context.Context, e Entry) error
	get(ctx context.Context, id string) (Entry, error)
	remove(ctx context.Context, id string) error
	all(ctx context.Context) ([]Entry, error)
}

// Store keeps entries.
type Store struct{ backend backend }

// NewStore opens the table that the environment names, or a store in memory.
// The Chalicefile needs no word of it: NewAPI takes a *Store.
func NewStore(ctx context.Context) (*Store, error) {
	table := os.Getenv("TABLE")
	if table == "" {
		return &Store{&memory{entries: map[string]Entry{}}}, nil
	}
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, fmt.Errorf("load the AWS configuration: %w", err)
	}
	return &Store{&dynamo{dynamodb.NewFromConfig(cfg), table}}, nil
}

// Put keeps an entry.
func (s *Store) Put(ctx context.Context, e Entry) error { return s.backend.put(ctx, e) }

// Get returns one entry, or ErrNotFound.
func (s *Store) Get(ctx context.Context, id string) (Entry, error) { return s.backend.get(ctx, id) }

// Remove removes an entry, and is content where there is none.
func (s *Store) Remove(ctx context.Context, id string) error { return s.backend.remove(ctx, id) }

// List returns all entries, the newest first.
func (s *Store) List(ctx context.Context) ([]Entry, error) {
	entries, err := s.backend.all(ctx)
	slices.SortFunc(entries, func(a, b Entry) int {
		if c := b.Written.Compare(a.Written); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return entries, err
}

type memory struct {
	mu      sync.Mutex
	entries map[string]Entry
}

func (m *memory) put(_ context.Context, e Entry) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.entries[e.ID] = e
	return nil
}

func (m *memory) get(_ context.Context, id string) (Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e, ok := m.entries[id]
	if !ok {
		return Entry{}, ErrNotFound
	}
	return e, nil
}

func (m *memory) remove(_ context.Context, id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.entries, id)
	return nil
}

func (m *memory) all(context.Context) ([]Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	entries := make([]Entry, 0, len(m.entries))
	for _, e := range m.entries {
		entries = append(entries, e)
	}
	return entries, nil
}
