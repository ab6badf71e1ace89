package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/chalicefile/chalicefile/internal/local"
	"github.com/chalicefile/chalicefile/internal/model"
	"github.com/chalicefile/chalicefile/internal/project"
	"github.com/chalicefile/chalicefile/internal/remote"
)

type invokeFlags struct {
	stage   string
	local   bool
	payload string
	// hasPayload tells an empty payload from none.
	hasPayload bool
	event      string
	log        bool
	aws        awsFlags
	output     string
}

func newInvoke(s *session) *cobra.Command {
	var f invokeFlags
	cmd := &cobra.Command{
		Use:   "invoke NAME",
		Short: "Run one function",
		Long: `Runs the function NAME of the deployed app once, or with --local builds the app
and runs it on this machine, and writes its result to standard output. The
payload is {} unless --payload or --event says otherwise; with both, the payload
is what the sample event brings: the body of a message, a key of an object, a
detail. A function that fails gives exit status 1 and its error on standard
error. Where the answer of a deployed function is lost, it is not run again.`,
		Example: `  chalicefile invoke sum --stage prod --payload '[1, 2, 3]'
  chalicefile invoke on_message --local --event sqs --payload '{"text":"hi"}' --log`,
		Args: arguments("NAME, the function to run"),
		RunE: func(cmd *cobra.Command, args []string) error {
			f.hasPayload = changed(cmd.Flags(), "payload")
			return action(func(ctx context.Context, args []string) error {
				return runInvoke(ctx, s, f, args[0])
			})(cmd, args)
		},
		ValidArgsFunction: s.completeFunction,
	}
	flags := cmd.Flags()
	stageVar(s, cmd, &f.stage)
	flags.BoolVar(&f.local, "local", false, "run it on this machine, without AWS")
	flags.StringVar(&f.payload, "payload", "", "`JSON` to send, or @FILE, or - for standard input")
	flags.StringVar(&f.event, "event", "", "send a sample event of this `KIND`: "+strings.Join(eventKinds(), ", "))
	_ = cmd.RegisterFlagCompletionFunc("event", cobra.FixedCompletions(eventKinds(), cobra.ShellCompDirectiveNoFileComp))
	flags.BoolVar(&f.log, "log", false, "show on standard error what the function logs; of a deployed one the last 4 KB")
	s.awsVars(cmd, &f.aws)
	outputVar(cmd, &f.output)
	return cmd
}

// invocation is the JSON view of what came of one.
type invocation struct {
	Payload       json.RawMessage `json:"payload"`
	FunctionError string          `json:"function_error,omitempty"`
	Log           string          `json:"log,omitempty"`
}

func runInvoke(ctx context.Context, s *session, f invokeFlags, name string) error {
	if err := checkEventKind(f.event); err != nil {
		return err
	}
	given, err := readPayload(s, f)
	if err != nil {
		return err
	}
	if !f.local {
		return invokeDeployed(ctx, s, f, name, given)
	}
	p, err := s.loadFor(ctx, f.stage, thisMachine())
	if err != nil {
		return err
	}
	function, err := findFunction(p.App, name)
	if err != nil {
		return err
	}
	payload, err := eventFor(p.App, function, f, given)
	if err != nil {
		return err
	}
	result, err := invokeLocally(ctx, s, p, f, function.Name, payload)
	if err != nil {
		return err
	}
	return showInvocation(s, f, p.App, function.Name, result)
}

// readPayload is what --payload says; nil where it is absent.
func readPayload(s *session, f invokeFlags) ([]byte, error) {
	if !f.hasPayload {
		return nil, nil
	}
	data := []byte(f.payload)
	file, isFile := strings.CutPrefix(f.payload, "@")
	var err error
	switch {
	case f.payload == "-":
		data, err = io.ReadAll(s.Stdin)
	case isFile:
		var work string
		if work, err = s.workDir(); err != nil {
			return nil, err
		}
		data, err = os.ReadFile(abs(work, file))
	}
	if err != nil {
		return nil, fmt.Errorf("--payload: %w", err)
	}
	if f.event == "" && !json.Valid(data) {
		return nil, usagef("--payload is no JSON: %s%s", excerpt(data), payloadHint(data))
	}
	return data, nil
}

func payloadHint(data []byte) string {
	if quoted, err := json.Marshal(strings.TrimSpace(string(data))); err == nil && len(data) > 0 && !strings.ContainsAny(string(data[:1]), "{[\"") {
		return fmt.Sprintf("; a text is written '%s'", quoted)
	}
	return ""
}

// excerpt is the beginning of a text.
func excerpt(data []byte) string {
	text := []rune(strings.TrimSpace(string(data)))
	if len(text) > 60 {
		return string(text[:60]) + "…"
	}
	return string(text)
}

func findFunction(app *model.App, name string) (*model.Function, error) {
	var names []string
	for _, f := range app.Functions {
		if f.Name == name || f.LambdaName == name {
			return f, nil
		}
		names = append(names, f.Name)
	}
	hint := didYouMean(name, names, "")
	if hint == "" && len(names) > 0 {
		hint = "; it has " + strings.Join(names, ", ")
	}
	return nil, fmt.Errorf("the app %s has no function %q%s", app.Name, name, hint)
}

func invokeLocally(ctx context.Context, s *session, p *project.Project, f invokeFlags, name string, payload []byte) (local.Result, error) {
	end := s.step("building")
	binary, findings, err := p.Build(ctx, thisMachine())
	end()
	if err != nil {
		return local.Result{}, err
	}
	if err := s.tell(p, findings); err != nil {
		return local.Result{}, err
	}
	options := local.Options{App: p.App, Binary: binary, Addr: "127.0.0.1:0", Environ: s.Environ, Now: time.Now, Cold: true}
	if f.log {
		options.Log, options.LogText = &lockedWriter{w: s.Stderr}, s.logsText(logAuto)
	}
	server, err := local.Start(ctx, options)
	if err != nil {
		return local.Result{}, err
	}
	result, err := server.Invoke(ctx, name, payload)
	return result, errors.Join(err, server.Close())
}

// functionLines is a log without the lines that Lambda itself writes.
func functionLines(log []byte) []byte {
	var own []byte
	for line := range bytes.Lines(log) {
		if !remote.IsLambdaMessage(string(line)) {
			own = append(own, line...)
		}
	}
	return own
}

func showInvocation(s *session, f invokeFlags, app *model.App, name string, r local.Result) error {
	if f.output == outputJSON {
		v := invocation{Payload: payloadJSON(r.Payload), FunctionError: r.FunctionError}
		if f.log {
			v.Log = string(r.Log)
		}
		if err := writeJSON(s.Stdout, v); err != nil {
			return err
		}
		if r.FunctionError != "" {
			return errSilent
		}
		return nil
	}
	if r.FunctionError != "" {
		if !f.log {
			s.writeLog(app, r.Log)
		}
		fmt.Fprintf(s.Stderr, "chalicefile: the function %s failed\n%s\n", name, r.Payload)
		return errSilent
	}
	_, err := fmt.Fprintf(s.Stdout, "%s\n", r.Payload)
	return err
}

// writeLog writes what a function logged to standard error.
func (s *session) writeLog(app *model.App, log []byte) {
	w := s.Stderr
	if s.logsText(logAuto) {
		w = local.FunctionLog(w, app, "")
	}
	_, _ = w.Write(functionLines(log))
}

// payloadJSON is a payload as it stands in other JSON.
func payloadJSON(payload []byte) json.RawMessage {
	if len(payload) == 0 {
		return nil
	}
	if !json.Valid(payload) { // not from Lambda, but from what stands in for it
		payload, _ = json.Marshal(string(payload))
	}
	return payload
}
