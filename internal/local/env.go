package local

import (
	"maps"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/chalicefile/chalicefile/internal/model"
)

// functionEnv is the environment of a function's processes: what the shell has
// of AWS_*, the Chalicefile's, and Lambda's own, which nothing overrides.
func functionEnv(app *model.App, fn *model.Function, taskRoot string, shell []string) []string {
	var env []string
	for _, e := range shell {
		name, _, _ := strings.Cut(e, "=")
		if strings.HasPrefix(name, "AWS_") || runtime.GOOS == "windows" && strings.EqualFold(name, "SYSTEMROOT") {
			env = append(env, e)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(fn.Settings.Environment)) {
		env = append(env, name+"="+fn.Settings.Environment[name])
	}
	region := appRegion(app)
	return append(env,
		"_HANDLER="+fn.Name,
		"AWS_REGION="+region,
		"AWS_DEFAULT_REGION="+region,
		"AWS_LAMBDA_FUNCTION_NAME="+fn.LambdaName,
		"AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE="+strconv.Itoa(fn.Settings.MemorySize),
		"AWS_LAMBDA_INITIALIZATION_TYPE=on-demand",
		"AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/"+fn.LambdaName,
		"AWS_LAMBDA_LOG_STREAM_NAME=local",
		"LAMBDA_TASK_ROOT="+taskRoot,
		"LAMBDA_RUNTIME_DIR=/var/runtime",
		"LANG=en_US.UTF-8",
		"PATH=/usr/local/bin:/usr/bin/:/bin:/opt/bin",
		"TZ=:UTC",
	)
}

func appRegion(app *model.App) string {
	if app.Spec != nil && app.Spec.Region != "" {
		return app.Spec.Region
	}
	return "us-east-1"
}

func appAccount(app *model.App) string {
	if app.Spec != nil && app.Spec.Account != "" {
		return app.Spec.Account
	}
	return "000000000000"
}

func functionARN(app *model.App, fn *model.Function) string {
	return "arn:aws:lambda:" + appRegion(app) + ":" + appAccount(app) + ":function:" + fn.LambdaName
}
