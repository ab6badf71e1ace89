package aws

import (
	"context"
	"sync"
)

// How many calls of one service may be under way: at the beginning, and the
// bounds between which that changes.
const (
	gateStart = 16
	gateLeast = 2
	gateMost  = 48
)

// gateWide are services where more may begin: IAM takes four reads for each
// role, and takes them fast.
var gateWide = map[string]float64{"IAM": 32}

// gates are one for each service: AWS throttles them apart.
type gates struct {
	mu      sync.Mutex
	service map[string]*gate
}

func (g *gates) of(service string) *gate {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.service == nil {
		g.service = map[string]*gate{}
	}
	if g.service[service] == nil {
		g.service[service] = &gate{limit: max(gateStart, gateWide[service])}
	}
	return g.service[service]
}

// gate lets some calls through at once: more as long as all goes well, half as
// many when AWS throttles.
type gate struct {
	mu    sync.Mutex
	limit float64
	busy  int
	queue []chan struct{}
	// halvings tells calls that began before the limit was last halved: that
	// they are throttled too says nothing new.
	halvings int
}

// enter waits for a place; what it returns is for leave.
func (g *gate) enter(ctx context.Context) (began int, err error) {
	g.mu.Lock()
	if g.busy < int(g.limit) && len(g.queue) == 0 {
		defer g.mu.Unlock()
		g.busy++
		return g.halvings, nil
	}
	place := make(chan struct{})
	g.queue = append(g.queue, place)
	g.mu.Unlock()
	select {
	case <-place:
	case <-ctx.Done():
		g.mu.Lock()
		defer g.mu.Unlock()
		for i, p := range g.queue {
			if p == place {
				g.queue = append(g.queue[:i], g.queue[i+1:]...)
				return 0, context.Cause(ctx)
			}
		}
		g.busy-- // it was let in just now
		g.admit()
		return 0, context.Cause(ctx)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.halvings, nil
}

// leave gives the place back.
func (g *gate) leave(began int, throttled bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.busy--
	switch {
	case !throttled:
		g.limit = min(gateMost, g.limit+1/g.limit)
	case began == g.halvings:
		g.limit = max(gateLeast, g.limit/2)
		g.halvings++
	}
	g.admit()
}

func (g *gate) admit() {
	for len(g.queue) > 0 && g.busy < int(g.limit) {
		g.busy++
		close(g.queue[0])
		g.queue = g.queue[1:]
	}
}
