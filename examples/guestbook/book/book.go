// Package book is the guestbook's API: who may read it, and who may write.
package book

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/chalicefile/chalicefile/handlerkit"

	"example.com/guestbook/store"
)

// API serves the routes. There is one per process.
type API struct {
	store *store.Store
	now   func() time.Time
}

// NewAPI is called once, with the store that store.NewStore has made.
func NewAPI(s *store.Store) *API { return &API{store: s, now: time.Now} }

// ListInput is what a reader may ask for.
type ListInput struct {
	Limit  int    `query:"limit" default:"20"`
	Author string `query:"author"`
	// IfNoneMatch is the newest entry that the client has seen.
	IfNoneMatch string `header:"If-None-Match"`
}

// Validate is called once the input is bound; its error answers 400.
func (in ListInput) Validate() error {
	if in.Limit < 1 || in.Limit > 100 {
		return handlerkit.BadRequest("limit is %d, want 1 to 100", in.Limit)
	}
	return nil
}

// Page is some entries, the newest first.
type Page struct {
	Entries []store.Entry `json:"entries"`
	// More says that there are older ones.
	More bool `json:"more"`
}

// List returns the newest entries, or 304 where the client has the newest.
func (a *API) List(ctx context.Context, in ListInput) (handlerkit.Reply[Page], error) {
	var reply handlerkit.Reply[Page]
	entries, err := a.store.List(ctx)
	if err != nil {
		return reply, err
	}
	page := Page{Entries: []store.Entry{}}
	for _, e := range entries {
		if in.Author != "" && e.Author != in.Author {
			continue
		}
		if len(page.Entries) == in.Limit {
			page.More = true
			break
		}
		page.Entries = append(page.Entries, e)
	}
	if len(page.Entries) > 0 {
		newest := page.Entries[0].ID
		if in.IfNoneMatch == newest {
			reply.Status = http.StatusNotModified
			return reply, nil
		}
		reply.Header = http.Header{"Etag": {newest}}
	}
	reply.Body = page
	return reply, nil
}

// NewEntry is what a writer sends.
type NewEntry struct {
	Author string `json:"author"`
	Text   string `json:"text"`
}

// Validate is called once the body is decoded.
func (e NewEntry) Validate() error {
	if strings.TrimSpace(e.Author) == "" || strings.TrimSpace(e.Text) == "" {
		return errors.New("an entry needs an author and a text")
	}
	return nil
}

// Sign adds an entry to the book.
func (a *API) Sign(ctx context.Context, body NewEntry) (store.Entry, error) {
	e := store.Entry{
		ID:      rand.Text(),
		Author:  body.Author,
		Text:    body.Text,
		Written: a.now().UTC().Truncate(time.Second),
	}
	return e, a.store.Put(ctx, e)
}

// Entry returns one entry.
func (a *API) Entry(ctx context.Context, id string) (store.Entry, error) {
	e, err := a.store.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return e, handlerkit.NotFound("%s", id)
	}
	return e, err
}

// Remove removes one entry.
func (a *API) Remove(ctx context.Context, id string) error { return a.store.Remove(ctx, id) }

// Sweep removes what is older than a year.
func (a *API) Sweep(ctx context.Context) error {
	entries, err := a.store.List(ctx)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if a.now().Sub(e.Written) < 365*24*time.Hour {
			continue
		}
		if err := a.store.Remove(ctx, e.ID); err != nil {
			return err
		}
		slog.InfoContext(ctx, "swept", "id", e.ID)
	}
	return nil
}
