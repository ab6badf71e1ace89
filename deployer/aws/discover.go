package aws

import (
	"context"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	tagging "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi/types"

	"github.com/chalicefile/chalicefile/internal/resource"
)

// taggingAPI finds resources by their tags.
type taggingAPI interface {
	GetResources(context.Context, *tagging.GetResourcesInput, ...func(*tagging.Options)) (*tagging.GetResourcesOutput, error)
}

// discoverByTags returns the ARNs of the owner's resources of some types
// ("lambda:function", "events:rule"). The tagging API lags behind by minutes,
// so that what it says must be looked at again, and where it is denied or
// unknown (an emulator), nothing is found and no error is made of it: names,
// lists and the record tell the rest.
func discoverByTags(ctx context.Context, api taggingAPI, owner resource.Owner, resourceTypes ...string) ([]string, error) {
	input := &tagging.GetResourcesInput{ResourceTypeFilters: resourceTypes}
	input.TagFilters = tagList(owner.Tags(), func(key, value string) types.TagFilter {
		return types.TagFilter{Key: &key, Values: []string{value}}
	})
	var arns []string
	pages := tagging.NewGetResourcesPaginator(api, input)
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, ctx.Err()
		}
		for _, r := range page.ResourceTagMappingList {
			arns = append(arns, awssdk.ToString(r.ResourceARN))
		}
	}
	return arns, nil
}
