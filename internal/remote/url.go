package remote

import (
	"context"
	"fmt"
	"strings"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"

	"github.com/chalicefile/chalicefile/deployer/aws"
	"github.com/chalicefile/chalicefile/internal/resource"
)

// RestAPIURL is where a stage of a REST API answers.
func RestAPIURL(owner resource.Owner, id, stage string) string {
	return fmt.Sprintf("https://%s.execute-api.%s.%s/%s/", id, owner.Region, dnsSuffix(owner.Partition), stage)
}

// DomainURL is where an API answers under a custom domain; basePath may be "".
func DomainURL(domain, basePath string) string {
	if basePath = strings.Trim(basePath, "/"); basePath != "" {
		basePath += "/"
	}
	return "https://" + domain + "/" + basePath
}

// dnsSuffix ends the names of AWS's hosts in a partition.
func dnsSuffix(partition string) string {
	switch partition {
	case "aws-cn":
		return "amazonaws.com.cn"
	case "aws-eusc":
		return "amazonaws.eu"
	case "aws-iso":
		return "c2s.ic.gov"
	case "aws-iso-b":
		return "sc2s.sgov.gov"
	case "aws-iso-e":
		return "cloud.adc-e.uk"
	case "aws-iso-f":
		return "csp.hci.ic.gov"
	}
	return "amazonaws.com"
}

// APIGateway is what this package calls of API Gateway.
type APIGateway interface {
	GetRestApis(context.Context, *apigateway.GetRestApisInput, ...func(*apigateway.Options)) (*apigateway.GetRestApisOutput, error)
	GetApiKeys(context.Context, *apigateway.GetApiKeysInput, ...func(*apigateway.Options)) (*apigateway.GetApiKeysOutput, error)
	GetApiKey(context.Context, *apigateway.GetApiKeyInput, ...func(*apigateway.Options)) (*apigateway.GetApiKeyOutput, error)
}

// pageSize is the most that API Gateway lists at once.
const pageSize = 500

// FindRestAPI gives the id of the owner's REST API, "" where there is none. Of
// two it is the older, as for the deployer.
func FindRestAPI(ctx context.Context, client APIGateway, owner resource.Owner) (string, error) {
	id, made := "", time.Time{}
	pages := apigateway.NewGetRestApisPaginator(client, &apigateway.GetRestApisInput{Limit: awssdk.Int32(pageSize)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return "", aws.Fail(err)
		}
		for _, api := range page.Items {
			if at := awssdk.ToTime(api.CreatedDate); owner.Owns(api.Tags) && (id == "" || at.Before(made)) {
				id, made = awssdk.ToString(api.Id), at
			}
		}
	}
	return id, nil
}

// APIKey gives the value of the owner's API key, "" where there is none. Values
// of other keys are not asked for.
func APIKey(ctx context.Context, client APIGateway, owner resource.Owner) (string, error) {
	key, err := findAPIKey(ctx, client, owner)
	if err != nil || key == nil {
		return "", err
	}
	out, err := client.GetApiKey(ctx, &apigateway.GetApiKeyInput{ApiKey: key.Id, IncludeValue: awssdk.Bool(true)})
	if err != nil {
		return "", aws.Fail(err)
	}
	return awssdk.ToString(out.Value), nil
}

func findAPIKey(ctx context.Context, client APIGateway, owner resource.Owner) (*types.ApiKey, error) {
	var found *types.ApiKey
	name := owner.App + "-" + owner.Stage
	pages := apigateway.NewGetApiKeysPaginator(client, &apigateway.GetApiKeysInput{NameQuery: &name, Limit: awssdk.Int32(pageSize)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, aws.Fail(err)
		}
		for _, key := range page.Items {
			ours := awssdk.ToString(key.Name) == name && owner.Owns(key.Tags)
			if ours && (found == nil || awssdk.ToTime(key.CreatedDate).Before(awssdk.ToTime(found.CreatedDate))) {
				found = &key
			}
		}
	}
	return found, nil
}
