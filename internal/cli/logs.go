package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/chalicefile/chalicefile/internal/local"
	"github.com/chalicefile/chalicefile/internal/model"
	"github.com/chalicefile/chalicefile/internal/remote"
)

type logsFlags struct {
	stage   string
	name    string
	follow  bool
	since   string
	filter  string
	entries int
	// hasEntries tells a number from none.
	hasEntries     bool
	lambdaMessages bool
	aws            awsFlags
	output         string
}

func newLogs(s *session) *cobra.Command {
	var f logsFlags
	cmd := &cobra.Command{
		Use:   "logs",
		Short: "What the deployed functions log",
		Long: `Writes what the functions of the deployed app have logged to CloudWatch to
standard output, in order of time, that of several functions with the name of
each in front. Without --since that is the last 10 minutes; where there is
nothing in them the last hour, day, or 30 days, whichever has something. With
--follow it goes on with what comes, until interrupted; what reaches CloudWatch
late is shown when it does. JSON records of slog are shown as lines of text,
with --output json as they are: one object for each message.`,
		Example: `  chalicefile logs --follow
  chalicefile logs --stage prod --name api --since 2h --filter ERROR`,
		Args: arguments(),
		RunE: func(cmd *cobra.Command, args []string) error {
			f.hasEntries = changed(cmd.Flags(), "num-entries")
			return action(func(ctx context.Context, _ []string) error {
				return runLogs(ctx, s, f)
			})(cmd, args)
		},
	}
	flags := cmd.Flags()
	stageVar(s, cmd, &f.stage)
	flags.StringVar(&f.name, "name", "", "`NAME` of the one function whose log is wanted")
	_ = cmd.RegisterFlagCompletionFunc("name", s.completeFunction)
	flags.BoolVarP(&f.follow, "follow", "f", false, "go on with what comes, until interrupted")
	flags.StringVar(&f.since, "since", "", "how far back, such as 10m, 2h or 1d, or a `TIME` as in RFC 3339")
	flags.StringVar(&f.filter, "filter", "", "only what fits a filter `PATTERN` of CloudWatch")
	flags.IntVar(&f.entries, "num-entries", 0, "only the last `N` messages, with --follow of those that there are")
	flags.BoolVar(&f.lambdaMessages, "include-lambda-messages", false, "also what Lambda says at the beginning and the end of each run")
	for _, name := range []string{"since", "filter", "num-entries"} {
		_ = cmd.RegisterFlagCompletionFunc(name, cobra.NoFileCompletions)
	}
	s.awsVars(cmd, &f.aws)
	outputVar(cmd, &f.output)
	return cmd
}

// logsRun is one run of logs.
type logsRun struct {
	*session
	flags logsFlags
	aws   *awsSession
	logs  *remote.Logs
	// now is when it began; from is what --since says, the zero time where that
	// is nothing.
	now, from time.Time
	// reading ends what a person sees as long as nothing has come.
	reading func()
}

func runLogs(ctx context.Context, s *session, f logsFlags) error {
	r := &logsRun{session: s, flags: f, now: time.Now()}
	var err error
	if f.hasEntries && f.entries < 1 {
		return usagef("--num-entries is a number from 1 on")
	}
	if f.since != "" {
		if r.from, err = parseSince(f.since, r.now); err != nil {
			return err
		}
	}
	if r.aws, err = s.connect(ctx, f.stage, f.aws); err != nil {
		return err
	}
	functions := r.aws.App.Functions
	if f.name != "" {
		function, err := s.deployedFunction(r.aws, f.name)
		if err != nil {
			return err
		}
		functions = []*model.Function{function}
	}
	if len(functions) == 0 {
		return fmt.Errorf("the app %s has no functions", r.aws.App.Name)
	}
	r.logs = &remote.Logs{
		Client: r.aws.Clients.Logs, Clock: wallClock{}, Filter: f.filter, LambdaMessages: f.lambdaMessages,
	}
	for _, function := range functions {
		r.logs.Groups = append(r.logs.Groups, remote.Group{Function: function.Name, LambdaName: function.LambdaName})
	}
	r.reading = sync.OnceFunc(s.step("reading the logs"))
	defer r.reading()
	if f.follow {
		return r.follow(ctx)
	}
	return r.show(ctx)
}

// ago are how far back logs goes by itself.
var ago = []struct {
	d    time.Duration
	text string
}{
	{10 * time.Minute, "10 minutes"}, {time.Hour, "hour"}, {24 * time.Hour, "day"}, {30 * 24 * time.Hour, "30 days"},
}

// show writes what there is.
func (r *logsRun) show(ctx context.Context) error {
	if !r.from.IsZero() {
		written, err := r.write(ctx, r.from, false)
		if err == nil && written == 0 {
			err = r.nothing(ctx, "since "+r.from.UTC().Format(time.RFC3339))
		}
		return err
	}
	for i, window := range ago {
		last := i == len(ago)-1
		written, err := r.write(ctx, r.now.Add(-window.d), !last)
		if err != nil || written > 0 {
			return err
		}
		if r.logs.Absent() {
			break
		}
	}
	return r.nothing(ctx, "in the last "+ago[len(ago)-1].text)
}

// write writes the messages from a time on and says how many. Where
// --num-entries asks for more than there are, and more could be asked for,
// nothing is written.
func (r *logsRun) write(ctx context.Context, from time.Time, more bool) (int, error) {
	written := 0
	if r.flags.entries == 0 {
		for e, err := range r.logs.Read(ctx, from) {
			if err == nil {
				err = r.print(e)
			}
			if err != nil {
				return written, err
			}
			written++
		}
		return written, nil
	}
	events, err := remote.LastOf(r.logs.Read(ctx, from), r.flags.entries)
	if err != nil || more && len(events) < r.flags.entries {
		return 0, err
	}
	for _, e := range events {
		if err := r.print(e); err != nil {
			return written, err
		}
		written++
	}
	return written, nil
}

// nothing says why nothing was written.
func (r *logsRun) nothing(ctx context.Context, when string) error {
	r.reading()
	if r.logs.Absent() {
		return r.absent(ctx)
	}
	what := "no logs"
	if r.flags.filter != "" {
		what = "no logs that fit the filter"
	}
	_, err := fmt.Fprintf(r.Stderr, "%s %s\n", what, when)
	return err
}

// absent says that there is no log group: nothing is deployed, or nothing has
// run.
func (r *logsRun) absent(ctx context.Context) error {
	first := r.logs.Groups[0]
	deployed, err := remote.Deployed(ctx, r.aws.Clients.Lambda, first.LambdaName)
	what := "the function " + first.Function
	switch {
	case err != nil:
		return err
	case !deployed && len(r.logs.Groups) > 1:
		return r.aws.notDeployed("the app " + r.aws.App.Name)
	case !deployed:
		return r.aws.notDeployed(what)
	case len(r.logs.Groups) > 1:
		what = "no function of the app"
		_, err = fmt.Fprintf(r.Stderr, "no logs yet: %s has run\n", what)
		return err
	}
	_, err = fmt.Fprintf(r.Stderr, "no logs yet: %s has not run\n", what)
	return err
}

// follow writes what there is and what comes.
func (r *logsRun) follow(ctx context.Context) error {
	from := r.from
	if from.IsZero() {
		from = r.now.Add(-ago[0].d)
	}
	follower := &remote.Follower{Logs: r.logs, Trouble: func(err error) {
		fmt.Fprintf(r.Stderr, "chalicefile: %v; trying again\n", err)
	}}
	if err := follower.Start(ctx, from, r.flags.entries, r.print); err != nil {
		return err
	}
	r.reading()
	if r.logs.Absent() {
		if err := r.absent(ctx); err != nil {
			return err
		}
	}
	return follower.Run(ctx, r.print)
}

// logLine is the JSON view of a message.
type logLine struct {
	Timestamp string `json:"timestamp"`
	Function  string `json:"function"`
	Message   string `json:"message"`
	Stream    string `json:"stream"`
}

// timestamp is in UTC, to the millisecond, as CloudWatch has them.
const timestamp = "2006-01-02T15:04:05.000Z"

// print writes a message with one Write.
func (r *logsRun) print(e remote.Event) error {
	r.reading()
	var b bytes.Buffer
	if r.flags.output == outputJSON {
		encoder := json.NewEncoder(&b)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(logLine{e.Time.Format(timestamp), e.Function, e.Message, e.Stream}); err != nil {
			return err
		}
	} else {
		b.WriteString(e.Time.Format(timestamp) + " ")
		named := ""
		if len(r.logs.Groups) > 1 {
			named = e.Function
			b.WriteString(named + " ")
		}
		if _, err := local.FunctionLog(&b, r.aws.App, named).Write([]byte(e.Message + "\n")); err != nil {
			return err
		}
	}
	_, err := r.Stdout.Write(b.Bytes())
	return err
}

var daysAndMore = regexp.MustCompile(`^(?:(\d{1,3})w)?(?:(\d{1,4})d)?(.*)$`)

// parseSince reads --since: a duration before now, or a time.
func parseSince(text string, now time.Time) (time.Time, error) {
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at, nil
	}
	d, err := parseLong(text)
	if err != nil {
		return time.Time{}, usagef("--since: %q is neither a duration, such as 10m, 2h or 1d, nor a time, such as %s", text, now.UTC().Format(time.RFC3339))
	}
	return now.Add(-d), nil
}

// parseLong reads a duration that may have weeks and days before the hours.
func parseLong(text string) (time.Duration, error) {
	m := daysAndMore.FindStringSubmatch(text)
	if text == "" || m == nil || strings.HasPrefix(m[3], "-") {
		return 0, errors.New("no duration")
	}
	var rest time.Duration
	if m[3] != "" {
		var err error
		if rest, err = time.ParseDuration(m[3]); err != nil {
			return 0, err
		}
	}
	weeks, _ := strconv.Atoi("0" + m[1])
	days, _ := strconv.Atoi("0" + m[2])
	return time.Duration(7*weeks+days)*24*time.Hour + rest, nil
}
