package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/chalicefile/chalicefile/internal/local"
	"github.com/chalicefile/chalicefile/internal/model"
	"github.com/chalicefile/chalicefile/internal/project"
)

type localFlags struct {
	host        string
	port        uint16
	stage       string
	noWatch     bool
	schedules   bool
	apiKeys     []string
	jwks        string
	authorizers []string
	logFormat   string
}

func newLocal(s *session) *cobra.Command {
	var f localFlags
	cmd := &cobra.Command{
		Use:   "local",
		Short: "Serve the app on this machine",
		Long: `Serves the app as API Gateway and Lambda would, with the binary that would be
deployed, and again whenever a file of it changes. It needs no AWS account.
Functions that are no routes are invoked with "chalicefile invoke --local", or
by any AWS SDK whose endpoint URL is this server's.`,
		Example: `  chalicefile local
  chalicefile local --port 0 --stage prod --schedules`,
		Args: arguments(),
		RunE: action(func(ctx context.Context, _ []string) error {
			return runLocal(ctx, s, f)
		}),
	}
	flags := cmd.Flags()
	flags.StringVar(&f.host, "host", "localhost", "`NAME` or address to listen on")
	flags.Uint16Var(&f.port, "port", 8000, "`NUMBER` of the port; 0 picks a free one")
	stageVar(s, cmd, &f.stage)
	flags.BoolVar(&f.noWatch, "no-watch", false, "do not reload when a file changes")
	flags.BoolVar(&f.schedules, "schedules", false, "run schedules when they are due")
	flags.StringArrayVar(&f.apiKeys, "api-key", nil, "`KEY` that routes with api_key_required take (default: one made up)")
	flags.StringVar(&f.jwks, "jwks", "", "`FILE` with the public keys of Cognito user pools, a JSON Web Key Set")
	flags.StringArrayVar(&f.authorizers, "authorizer", nil, "call the custom authorizer NAME at a URL, `NAME=URL`")
	choiceVar(cmd, &f.logFormat, "log-format", "how records of the functions' log are shown: auto is text on a terminal, else json", logAuto, outputText, outputJSON)
	return cmd
}

// localRun is one run of local.
type localRun struct {
	*session
	flags localFlags
	// app is the last one that was built.
	app *model.App
	// warned are warnings that need no repetition at each reload.
	warned map[string]bool
}

func runLocal(ctx context.Context, s *session, f localFlags) error {
	options, err := localOptions(s, f)
	if err != nil {
		return err
	}
	if options.Listener, err = listen(f.host, f.port); err != nil {
		return err
	}
	defer options.Listener.Close()
	// What the app writes and what is said about it must not run into another.
	s.Stderr = &lockedWriter{w: s.Stderr}
	options.Log, options.LogText = s.Stderr, s.logsText(f.logFormat)
	r := &localRun{session: s, flags: f, warned: map[string]bool{}}
	err = local.Run(ctx, r.build, local.RunOptions{
		Options:  options,
		Watch:    !f.noWatch,
		Started:  r.started,
		Reloaded: r.reloaded,
	})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// logAuto leaves the format of logs to who reads them.
const logAuto = "auto"

// logsText says that the JSON records of functions' logs are shown as text.
func (s *session) logsText(format string) bool {
	return format == outputText || format == logAuto && s.StderrIsTerminal
}

func localOptions(s *session, f localFlags) (local.Options, error) {
	o := local.Options{
		Environ:     s.Environ,
		Now:         time.Now,
		APIKeys:     f.apiKeys,
		Schedules:   f.schedules,
		Authorizers: map[string]string{},
	}
	for _, a := range f.authorizers {
		name, url, ok := strings.Cut(a, "=")
		if !ok || name == "" || !strings.HasPrefix(url, "http") {
			return o, usagef("--authorizer: %q is not NAME=URL, such as %s=http://localhost:9000", a, "my_authorizer")
		}
		o.Authorizers[name] = url
	}
	if f.jwks == "" {
		return o, nil
	}
	work, err := s.workDir()
	if err != nil {
		return o, err
	}
	if o.JWKS, err = os.ReadFile(abs(work, f.jwks)); err != nil {
		return o, fmt.Errorf("--jwks: %w", err)
	}
	if !json.Valid(o.JWKS) {
		return o, fmt.Errorf("--jwks: %s is no JSON Web Key Set", f.jwks)
	}
	return o, nil
}

// build is the way from the files to a binary; what is wrong is told at once.
func (r *localRun) build(ctx context.Context) (local.Build, error) {
	options, err := r.options(r.flags.stage)
	if err != nil {
		return local.Build{}, err
	}
	options.Target = thisMachine()
	end := r.begin(fmt.Sprintf("loading %s, stage %s", options.File, options.Stage))
	p, findings := project.Load(ctx, options)
	end()
	result := local.Build{Files: p.Files, Dirs: p.Dirs}
	if ctx.Err() != nil {
		return result, ctx.Err()
	}
	if err := r.tell(p, findings); err != nil {
		return result, err
	}
	end = r.begin("building")
	result.Binary, findings, err = p.Build(ctx, thisMachine())
	end()
	switch {
	case ctx.Err() != nil:
		return result, ctx.Err()
	case err != nil:
		return result, err
	}
	if err := r.tell(p, findings); err != nil {
		return result, err
	}
	if err := checkAuthorizers(p.App, r.flags.authorizers); err != nil {
		return result, err
	}
	r.warn(p)
	r.app, result.App = p.App, p.App
	return result, nil
}

// begin is step until the app is served; then the log has the terminal.
func (r *localRun) begin(what string) func() {
	if r.app != nil && !r.debug {
		return func() {}
	}
	return r.step(what)
}

// checkAuthorizers refuses URLs of authorizers that the app has not.
func checkAuthorizers(app *model.App, given []string) error {
	var names []string
	for _, a := range app.Authorizers {
		if a.Kind == model.AuthCustom {
			names = append(names, a.Name)
		}
	}
	for _, g := range given {
		name, _, _ := strings.Cut(g, "=")
		if !slices.Contains(names, name) {
			return fmt.Errorf("--authorizer: the app has no custom authorizer %q%s", name, didYouMean(name, names, ""))
		}
	}
	return nil
}

// thisMachine is what local runs are built for.
func thisMachine() project.Target {
	return project.Target{GOOS: runtime.GOOS, GOARCH: runtime.GOARCH}
}

// warn tells, once each, which variables the code reads and nobody sets.
func (r *localRun) warn(p *project.Project) {
	unset := p.UnsetEnvironment()
	fresh := unset.Findings[:0:0]
	for _, f := range unset.Findings {
		if !r.warned[f.Message] {
			r.warned[f.Message] = true
			fresh = append(fresh, f)
		}
	}
	unset.Findings = fresh
	_ = r.tell(p, unset) // warnings fail nothing
}

func (r *localRun) started(server *local.Server) {
	if needsAPIKey(r.app) {
		for _, key := range server.APIKeys() {
			fmt.Fprintf(r.Stderr, "API key: %s (send it as X-API-Key)\n", key)
		}
	}
	fmt.Fprintf(r.Stderr, "Serving on %s\n", server.URL())
}

func (r *localRun) reloaded(err error) {
	switch {
	case err == nil:
		fmt.Fprintln(r.Stderr, "Reloaded")
		return
	case !errors.Is(err, errSilent):
		fmt.Fprintf(r.Stderr, "chalicefile: %v\n", err)
	}
	fmt.Fprintln(r.Stderr, "Not reloaded: the last build that was right goes on serving")
}

func needsAPIKey(app *model.App) bool {
	for _, p := range app.Paths {
		for _, m := range p.Methods {
			if m.APIKeyRequired {
				return true
			}
		}
	}
	return false
}

// lockedWriter lets one write at a time through.
type lockedWriter struct {
	mu sync.Mutex
	w  interface{ Write([]byte) (int, error) }
}

func (l *lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}
