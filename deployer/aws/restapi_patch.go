package aws

import (
	"context"
	"errors"
	"strings"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"

	"github.com/chalicefile/chalicefile/deployer"
	"github.com/chalicefile/chalicefile/internal/resource"
)

// gatewayLimit is how long API Gateway may say that something else is under
// way.
const gatewayLimit = 2 * time.Minute

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

// patiently makes a call again for as long as API Gateway says that something
// else is under way, or does not see yet what was just made.
func patiently(ctx context.Context, run *deployer.Run, what string, call func(context.Context) error) error {
	return waitFor(ctx, run, what, gatewayLimit, func(ctx context.Context) (bool, error) {
		err := call(ctx)
		if err == nil || !underWay(err) {
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

// side makes calls side by side.
func side(ctx context.Context, calls ...func(context.Context) error) error {
	_, err := each(ctx, calls, func(ctx context.Context, call func(context.Context) error) (struct{}, error) {
		return struct{}{}, call(ctx)
	})
	return err
}

// texts are the values of an SDK's list of a string type.
func texts[S ~string](list []S) []string {
	plain := make([]string, len(list))
	for i, s := range list {
		plain[i] = string(s)
	}
	return plain
}

// optionalString is nil for "".
func optionalString(s string) *string {
	if s == "" {
		return nil
	}
	return awssdk.String(s)
}
