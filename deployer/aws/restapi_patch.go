package aws

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"

	"github.com/chalicefile/chalicefile/deployer"
	"github.com/chalicefile/chalicefile/internal/resource"
)

// How long API Gateway may say that something else is under way, and how long it
// may not know what was just made.
const (
	gatewayLimit = 2 * time.Minute
	freshLimit   = 30 * time.Second
)

// gatewayTags are the calls that every tagged thing of API Gateway has.
type gatewayTags interface {
	GetTags(context.Context, *apigateway.GetTagsInput, ...func(*apigateway.Options)) (*apigateway.GetTagsOutput, error)
	TagResource(context.Context, *apigateway.TagResourceInput, ...func(*apigateway.Options)) (*apigateway.TagResourceOutput, error)
	UntagResource(context.Context, *apigateway.UntagResourceInput, ...func(*apigateway.Options)) (*apigateway.UntagResourceOutput, error)
}

// gatewayARN is the ARN of something of API Gateway by its path: "/restapis/ID".
func gatewayARN(owner resource.Owner, path string) string {
	return "arn:" + owner.Partition + ":apigateway:" + owner.Region + "::" + path
}

// retag makes the tags of a thing of API Gateway those that are wanted.
func retag(ctx context.Context, api gatewayTags, arn string, want, live map[string]string) error {
	set, remove := tagDiff(want, plainTags(live))
	if len(set) > 0 {
		if _, err := api.TagResource(ctx, &apigateway.TagResourceInput{ResourceArn: &arn, Tags: set}); err != nil {
			return fail(err)
		}
	}
	if len(remove) > 0 {
		if _, err := api.UntagResource(ctx, &apigateway.UntagResourceInput{ResourceArn: &arn, TagKeys: remove}); err != nil {
			return fail(err)
		}
	}
	return nil
}

// listedTags are the tags that a list shows of a thing. Where it shows none of
// something that could be the owner's, they are asked for: lists of emulators,
// and of some services of AWS, leave them out.
func listedTags(ctx context.Context, api gatewayTags, arn string, listed map[string]string, ask bool) (map[string]string, error) {
	if len(listed) > 0 || !ask {
		return plainTags(listed), nil
	}
	out, err := api.GetTags(ctx, &apigateway.GetTagsInput{ResourceArn: &arn})
	if err != nil {
		var f *deployer.Failure
		if errors.As(fail(err), &f) && f.Class != deployer.ClassLost && f.Class != deployer.ClassDenied {
			return map[string]string{}, nil // it is gone, or tags cannot be asked for here
		}
		return nil, fail(err)
	}
	return plainTags(out.Tags), nil
}

// patch is one operation of an update; a value of "" is none.
func patch(op types.Op, path, value string) types.PatchOperation {
	p := types.PatchOperation{Op: op, Path: &path}
	if value != "" {
		p.Value = &value
	}
	return p
}

// pointer escapes a part of a path of a patch.
func pointer(part string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(part)
}

// waiter makes a call again for some reasons.
type waiter func(ctx context.Context, run *deployer.Run, what string, call func(context.Context) error) error

// patiently makes a call again for as long as API Gateway says that something
// else is under way.
func patiently(ctx context.Context, run *deployer.Run, what string, call func(context.Context) error) error {
	return retryWhile(ctx, run, what, gatewayLimit, underWay, call)
}

// freshly is patiently for a call about something that was made just now, which
// API Gateway may not know everywhere yet.
func freshly(ctx context.Context, run *deployer.Run, what string, call func(context.Context) error) error {
	return retryWhile(ctx, run, what, freshLimit, func(err error) bool {
		return underWay(err) || isClass(err, deployer.ClassNotFound) || noStage(err)
	}, call)
}

// noStage says whether a usage plan knows no stage of a name, or there is none.
func noStage(err error) bool {
	return isCode(err, "BadRequestException") && says(err, "Invalid stage identifier", "API Stage not found")
}

func retryWhile(ctx context.Context, run *deployer.Run, what string, limit time.Duration, passing func(error) bool, call func(context.Context) error) error {
	return waitFor(ctx, run, what, limit, func(ctx context.Context) (bool, error) {
		err := call(ctx)
		if err == nil || !passing(err) {
			return true, err
		}
		var f *deployer.Failure
		if errors.As(fail(err), &f) {
			later := *f
			later.Class = deployer.ClassLater
			return false, &later
		}
		return false, err
	})
}

// underWay says whether an error of API Gateway goes away by itself.
func underWay(err error) bool {
	var f *deployer.Failure
	if !errors.As(fail(err), &f) {
		return false
	}
	if f.Class == deployer.ClassLater {
		return true
	}
	message := strings.ToLower(f.Message)
	for _, sign := range []string{"concurrent modification", "try again later", "doesn't contain any methods", "still in progress", "being updated"} {
		if strings.Contains(message, sign) {
			return f.Code == "ConflictException" || f.Code == "BadRequestException"
		}
	}
	return false
}

// stageClient is what it takes to remove a stage.
type stageClient interface {
	GetStage(context.Context, *apigateway.GetStageInput, ...func(*apigateway.Options)) (*apigateway.GetStageOutput, error)
	DeleteStage(context.Context, *apigateway.DeleteStageInput, ...func(*apigateway.Options)) (*apigateway.DeleteStageOutput, error)
}

// dropStage removes a stage of ours that nothing wants any more. AWS refuses it
// as long as a base path mapping leads to it, so that whatever is moved away
// from a stage calls this; a stage that stays is found by the next deploy.
func dropStage(ctx context.Context, api stageClient, owner resource.Owner, id, stage string) {
	out, err := api.GetStage(ctx, &apigateway.GetStageInput{RestApiId: &id, StageName: &stage})
	if err == nil && owner.Owns(out.Tags) {
		_, _ = api.DeleteStage(ctx, &apigateway.DeleteStageInput{RestApiId: &id, StageName: &stage})
	}
}

// hinted is a failure with a hint.
func hinted(err error, hint string) error {
	var f *deployer.Failure
	if !errors.As(fail(err), &f) {
		return err
	}
	with := *f
	with.Hint = hint
	return &with
}

// apiGone says whether there is no REST API of an id any more.
func apiGone(ctx context.Context, api interface {
	GetRestApi(context.Context, *apigateway.GetRestApiInput, ...func(*apigateway.Options)) (*apigateway.GetRestApiOutput, error)
}, id string) (bool, error) {
	_, err := api.GetRestApi(ctx, &apigateway.GetRestApiInput{RestApiId: &id})
	if isClass(err, deployer.ClassNotFound) {
		return true, nil
	}
	return false, fail(err)
}

// ownAPIs are the ids of the REST APIs that the owner has.
func ownAPIs(q *deployer.Query) map[string]bool {
	ids := map[string]bool{}
	if q.Found == nil {
		return ids
	}
	for _, live := range q.Found(resource.KindRestAPI) {
		if live.Owned {
			ids[live.Attributes[resource.AttrID]] = true
		}
	}
	return ids
}

// liveIDs are the IDs of what was found of a kind, with attribute AttrID.
func liveIDs(q *deployer.Query, kind resource.Kind, ids ...string) []resource.ID {
	var list []resource.ID
	if q.Found == nil {
		return nil
	}
	for _, live := range q.Found(kind) {
		if slices.Contains(ids, live.Attributes[resource.AttrID]) {
			list = append(list, live.ID)
		}
	}
	return list
}

// known is an attribute of what exists, "" where it is not known.
func known(q *deployer.Query, id resource.ID) string {
	if q.Resolve == nil {
		return ""
	}
	value, _ := q.Resolve(resource.Ref{ID: id, Attribute: resource.AttrID})
	return value
}

// optionalString is nil for "".
func optionalString(s string) *string {
	if s == "" {
		return nil
	}
	return awssdk.String(s)
}
