package local

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chalicefile/chalicefile/internal/local/gateway"
	"github.com/chalicefile/chalicefile/internal/local/runtimeapi"
	"github.com/chalicefile/chalicefile/internal/model"
)

// maxProcesses bounds the processes of a function without reserved concurrency;
// what exceeds it waits.
const maxProcesses = 64

// generation is one build of the app: its gateway and the processes of its
// functions.
type generation struct {
	server  *Server
	gateway *gateway.Gateway
	pools   map[*model.Function]*runtimeapi.Pool

	// users are requests and whatever else needs the processes; a retired
	// generation ends with the last of them.
	users   atomic.Int64
	retired atomic.Bool
	end     sync.Once
	// cancel ends what the gateway waits for, stop the schedules.
	cancel, stop context.CancelFunc
	schedules    context.Context
}

func (s *Server) newGeneration(app *model.App, binary string) (*generation, error) {
	life, cancel := context.WithCancel(context.Background())
	g := &generation{server: s, pools: map[*model.Function]*runtimeapi.Pool{}, cancel: cancel}
	for _, fn := range app.Functions {
		g.pools[fn] = s.host.NewPool(s.function(app, fn, binary))
	}
	log := s.log
	if s.options.Cold {
		log = gateway.NewLog(nil)
	}
	var err error
	g.gateway, err = gateway.New(gateway.Options{
		App: app, Invoker: g, Log: log, Now: s.options.Now, APIKeys: s.options.APIKeys,
		Keys: s.jwks, Authorizers: s.options.Authorizers, Timeout: s.options.Timeout, Go: g.spawn, Context: life,
	})
	if err != nil {
		cancel()
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		cancel()
		return nil, runtimeapi.ErrClosed
	}
	s.all[g] = struct{}{}
	g.schedules, g.stop = context.WithCancel(life)
	return g, nil
}

// function says how a function's processes are run.
func (s *Server) function(app *model.App, fn *model.Function, binary string) runtimeapi.Function {
	f := runtimeapi.Function{
		Name: fn.Name, ARN: functionARN(app, fn), Binary: binary, Dir: filepath.Dir(binary),
		Env:     functionEnv(app, fn, filepath.Dir(binary), s.options.Environ),
		Timeout: time.Duration(fn.Settings.Timeout) * time.Second, MemorySize: fn.Settings.MemorySize,
		Processes: maxProcesses,
	}
	if f.Timeout <= 0 {
		f.Timeout = 30 * time.Second
	}
	if n := fn.Settings.ReservedConcurrency; n != nil {
		f.Processes, f.Reserved = *n, true
	}
	return f
}

// warm starts the functions that serve routes. One that does not start has told
// the log why, and will tell whoever asks for it.
func (g *generation) warm(ctx context.Context) error {
	if g.server.options.Cold {
		return nil
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	var failed error
	for fn, pool := range g.pools {
		if fn.Kind != model.KindRoutes || fn.Settings.ReservedConcurrency != nil && *fn.Settings.ReservedConcurrency == 0 {
			continue
		}
		wg.Go(func() {
			err := pool.Warm(ctx)
			var fault *runtimeapi.InitError
			if err == nil || errors.As(err, &fault) {
				return
			}
			mu.Lock()
			failed = err
			mu.Unlock()
		})
	}
	wg.Wait()
	return failed
}

// Invoke runs a function; it makes a generation a gateway.Invoker.
func (g *generation) Invoke(ctx context.Context, fn *model.Function, call runtimeapi.Call) (runtimeapi.Result, error) {
	return g.pools[fn].Invoke(ctx, call)
}

// acquire is the generation of the moment, in use until it is released.
func (s *Server) acquire() *generation {
	for {
		g := s.current.Load()
		g.users.Add(1)
		if !g.retired.Load() {
			return g
		}
		g.release() // it was swapped in between
	}
}

func (g *generation) release() {
	if g.users.Add(-1) == 0 && g.retired.Load() {
		g.closeLater()
	}
}

// retire ends the generation once nobody uses it any more.
func (g *generation) retire() {
	g.stop()
	g.retired.Store(true)
	if g.users.Load() == 0 {
		g.closeLater()
	}
}

// closeLater closes beside whoever was the last user.
func (g *generation) closeLater() {
	s := g.server
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed { // else Close does it
		s.wg.Go(g.close)
	}
}

// close ends the processes, whoever uses them.
func (g *generation) close() {
	g.end.Do(func() {
		g.stop()
		g.cancel()
		var wg sync.WaitGroup
		for _, pool := range g.pools {
			wg.Go(pool.Close)
		}
		wg.Wait()
	})
	s := g.server
	s.mu.Lock()
	delete(s.all, g)
	s.mu.Unlock()
}

// spawn runs f beside a request; the generation lasts until it returns.
func (g *generation) spawn(f func()) {
	g.users.Add(1)
	s := g.server
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		g.users.Add(-1)
		return
	}
	s.wg.Go(func() {
		defer g.release()
		f()
	})
}

// names are those of the app's functions.
func (g *generation) names() string {
	var names []string
	for fn := range g.pools {
		names = append(names, fn.Name)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// requestID makes an id as Lambda's: a random UUID.
func requestID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // it cannot fail
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
