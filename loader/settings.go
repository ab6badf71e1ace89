package loader

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/chalicefile/chalicefile/internal/model"
	"github.com/chalicefile/chalicefile/loader/diag"
	"github.com/chalicefile/chalicefile/spec"
)

// inForce puts a function's own settings over the app's defaults.
func (c *checker) inForce(own spec.Settings) spec.Settings {
	return model.OverlaySettings(c.app.Defaults, own)
}

// settings checks defaults and the settings of each function.
func (c *checker) settings() {
	d := diag.Path{"defaults"}
	c.environment(c.app.Defaults.Environment, d.With("environment"))
	c.tags(c.app.Defaults.Tags, d.With("tags"))
	c.functionIAM(c.app.Defaults.IAM, d.With("iam"))
	defaultsFit := c.environmentSize(c.app.Defaults.Environment, diag.Key("defaults", "environment"), "of defaults")
	for _, u := range units(c.app) {
		at := diag.Path(u.path)
		c.environment(u.settings.Environment, at.With("environment"))
		c.tags(u.settings.Tags, at.With("tags"))
		c.functionIAM(u.settings.IAM, at.With("iam"))
		if defaultsFit && len(u.settings.Environment) > 0 {
			c.environmentSize(c.inForce(*u.settings).Environment, diag.Key(at.With("environment")...), fmt.Sprintf("of function %q with that of defaults", u.name))
		}
	}
	c.tags(c.app.API.Tags, diag.Path{"api", "tags"})
	c.timeouts()
}

// maxEnvironment is what Lambda takes, measured as the JSON of all variables.
const maxEnvironment = 4096

func (c *checker) environmentSize(env map[string]string, at diag.At, whose string) bool {
	if len(env) == 0 {
		return true
	}
	var size bytes.Buffer
	enc := json.NewEncoder(&size)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(env) // strings always encode
	n := size.Len() - 1 // without the newline
	if n <= maxEnvironment {
		return true
	}
	c.out.Err("environment-too-large", at, fmt.Sprintf("the environment %s has %d bytes as JSON, Lambda takes %d", whose, n, maxEnvironment)).
		WithHint("keep large values in a file, a bucket or a parameter")
	return false
}

// lambdaVariables are set by Lambda itself, and refused from anyone else.
var lambdaVariables = [...]string{
	"_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_NAME",
	"AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE",
	"AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID",
	"AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR",
}

func (c *checker) environment(env map[string]string, at diag.Path) {
	for _, name := range slices.Sorted(maps.Keys(env)) {
		if slices.Contains(lambdaVariables[:], name) {
			c.out.Err("environment-reserved", diag.Key(at.With(name)...), fmt.Sprintf("environment variable %s is Lambda's own", name)).
				WithHint("take another name")
		}
	}
}

// tags refuses those that AWS and deploy keep for themselves.
func (c *checker) tags(tags map[string]string, at diag.Path) {
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		lower := strings.ToLower(key)
		for prefix, owner := range map[string]string{"aws:": "AWS", "chalicefile:": "deploy"} {
			if strings.HasPrefix(lower, prefix) {
				c.out.Err("reserved-tag", diag.Key(at.With(key)...), fmt.Sprintf("tags that start with %q belong to %s", prefix, owner)).
					WithHint("take another key")
			}
		}
	}
}

// gatewayTimeout is how long API Gateway waits, in seconds.
const gatewayTimeout = 29

// timeouts warns where a function that serves routes may run longer than API
// Gateway waits. What a function says itself counts to the second; defaults,
// which are for every function, may repeat the format's own default.
func (c *checker) timeouts() {
	serving := map[string]bool{}
	model.EachMethod(c.app, func(r *spec.Route, m *spec.Method) { serving[model.FunctionOf(c.app, r, m)] = true })
	functions := map[string]*spec.Function{}
	for i := range c.app.Functions {
		functions[c.app.Functions[i].Name] = &c.app.Functions[i]
	}
	byDefaults := ""
	for _, name := range slices.Sorted(maps.Keys(serving)) {
		own := functions[name]
		if own == nil || own.Timeout == nil {
			if byDefaults == "" || name == model.DefaultFunction {
				byDefaults = name
			}
			continue
		}
		if *own.Timeout > gatewayTimeout && c.sound("functions", name, "timeout") {
			c.longTimeout(diag.Value("functions", name, "timeout"), name, *own.Timeout).
				WithHint(fmt.Sprintf("set %d or less", gatewayTimeout))
		}
	}
	if t := c.app.Defaults.Timeout; t != nil && *t > model.DefaultTimeout && byDefaults != "" && c.sound("defaults", "timeout") {
		c.longTimeout(diag.Value("defaults", "timeout"), byDefaults, *t).
			WithHint(fmt.Sprintf("set functions.%s.timeout to %d or less", byDefaults, gatewayTimeout))
	}
}

func (c *checker) longTimeout(at diag.At, function string, seconds int) *diag.Finding {
	return c.out.Warn("long-timeout", at,
		fmt.Sprintf("function %q serves routes and may run for %d seconds, but API Gateway gives up after %d", function, seconds, gatewayTimeout))
}
