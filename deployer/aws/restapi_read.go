package aws

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"

	"github.com/chalicefile/chalicefile/deployer"
	"github.com/chalicefile/chalicefile/internal/resource"
)

// apiState is a REST API as Find saw it.
type apiState struct {
	api         types.RestApi
	stages      []types.Stage
	deployments []types.Deployment
	// stage is the wanted one, else one of ours with another name; nil where
	// there is neither.
	stage *types.Stage
}

// read reads a REST API: its stages and deployments, and what it consists of,
// side by side. It is nil where the API was deleted meanwhile.
func (r *restAPIs) read(ctx context.Context, owner resource.Owner, want *resource.RestAPI, api types.RestApi) (*deployer.Live, error) {
	state := &apiState{api: api}
	var parts apiParts
	err := together(ctx,
		func(ctx context.Context) (err error) { state.stages, err = r.stages(ctx, *api.Id); return },
		func(ctx context.Context) (err error) { state.deployments, err = r.deployments(ctx, *api.Id); return },
		func(ctx context.Context) (err error) { parts, err = r.parts(ctx, *api.Id); return },
	)
	if isClass(err, deployer.ClassNotFound) {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	live := &deployer.Live{
		ID: want.ID(), Title: "Rest API: " + *api.Id, Handle: state,
		Attributes: deployer.Attributes{resource.AttrID: *api.Id},
	}
	live.DependsOn = parts.calls()
	live.Owned, live.Owner = ownership(owner, api.Tags)
	seen := seenAPI(want, api)
	seen.Routes = parts.routes()
	state.stage = currentStage(owner, want.StageName, state.stages)
	if state.stage != nil {
		live.Attributes[attrStage] = *state.stage.StageName
		seeStage(owner, want, seen, state)
		m, ours := readMark(state.deploymentOf(state.stage))
		if ours && m.live == parts.digest(api) {
			seen.Imported = m.document
			if m.settings == settingsHash(want) {
				seen.Policy, seen.BinaryTypes = want.Policy, want.BinaryTypes
				seen.MinimumCompressionSize, seen.Description = want.MinimumCompressionSize, want.Description
			}
		}
	}
	live.Resource = seen
	return live, nil
}

// seenAPI is a REST API in the form of a wanted one, without its stage.
func seenAPI(want *resource.RestAPI, api types.RestApi) *resource.RestAPI {
	seen := &resource.RestAPI{
		Name: want.Name, Description: awssdk.ToString(api.Description),
		BinaryTypes: slices.Sorted(slices.Values(api.BinaryMediaTypes)), Policy: plainPolicy(api), Tags: plainTags(api.Tags),
	}
	if seen.Policy == samePolicy(want.Policy) {
		seen.Policy = want.Policy
	}
	if c := api.EndpointConfiguration; c != nil {
		seen.VPCEndpointIDs = slices.Sorted(slices.Values(c.VpcEndpointIds))
		if len(c.Types) > 0 {
			seen.EndpointType = string(c.Types[0])
		}
	}
	if n := api.MinimumCompressionSize; n != nil {
		size := int(*n)
		seen.MinimumCompressionSize = &size
	}
	return seen
}

// currentStage is the wanted stage, else one that the owner's tags are on; nil
// where there is neither.
func currentStage(owner resource.Owner, name string, stages []types.Stage) *types.Stage {
	var other *types.Stage
	for i := range stages {
		switch {
		case awssdk.ToString(stages[i].StageName) == name:
			return &stages[i]
		case other == nil && owner.Owns(stages[i].Tags):
			other = &stages[i]
		}
	}
	return other
}

// seeStage puts what the stage says into seen. A stage of ours with another
// name, which is to go, is what differs even where the wanted one is there.
func seeStage(owner resource.Owner, want, seen *resource.RestAPI, state *apiState) {
	stage := state.stage
	seen.StageName, seen.Variables, seen.Tracing = *stage.StageName, stage.Variables, stage.TracingEnabled
	for _, other := range state.stages {
		if owner.Owns(other.Tags) && *other.StageName != want.StageName {
			seen.StageName = *other.StageName
		}
	}
	// The stage has the API's tags too; those that are not as wanted are shown.
	set, remove := tagDiff(want.Tags, seen.Tags)
	if len(set)+len(remove) == 0 && len(stage.Tags) > 0 {
		seen.Tags = plainTags(stage.Tags)
	}
}

// deploymentOf is the deployment that a stage shows, nil where it is not there.
func (s *apiState) deploymentOf(stage *types.Stage) *types.Deployment {
	i := slices.IndexFunc(s.deployments, func(d types.Deployment) bool {
		return awssdk.ToString(d.Id) == awssdk.ToString(stage.DeploymentId)
	})
	if i < 0 {
		return nil
	}
	return &s.deployments[i]
}

func (r *restAPIs) stages(ctx context.Context, id string) ([]types.Stage, error) {
	out, err := r.api.GetStages(ctx, &apigateway.GetStagesInput{RestApiId: &id})
	if err != nil {
		return nil, fail(err)
	}
	return out.Item, nil
}

func (r *restAPIs) deployments(ctx context.Context, id string) ([]types.Deployment, error) {
	return everyPage(ctx, apigateway.NewGetDeploymentsPaginator(r.api, &apigateway.GetDeploymentsInput{RestApiId: &id, Limit: awssdk.Int32(500)}), func(page *apigateway.GetDeploymentsOutput) []types.Deployment { return page.Items })
}

// markPrefix begins the description of every deployment of ours.
const markPrefix = "chalicefile "

// mark is what a deployment's description says.
type mark struct {
	// document is the hash of what was imported, live that of what AWS showed
	// after it, and settings that of those wanted settings of the API itself of
	// which AWS may show something else, such as a policy with full ARNs.
	document, live, settings string
}

func (m mark) String() string {
	return markPrefix + "document=" + m.document + " live=" + m.live + " settings=" + m.settings
}

// readMark reads the mark of a deployment; false where it is not of ours.
func readMark(d *types.Deployment) (mark, bool) {
	if d == nil || !strings.HasPrefix(awssdk.ToString(d.Description), markPrefix) {
		return mark{}, false
	}
	var m mark
	for field := range strings.FieldsSeq(*d.Description) {
		switch key, value, _ := strings.Cut(field, "="); key {
		case "document":
			m.document = value
		case "live":
			m.live = value
		case "settings":
			m.settings = value
		}
	}
	return m, m.live != ""
}

// settingsHash tells wanted settings of an API apart, those that the digest of
// the live one covers.
func settingsHash(want *resource.RestAPI) string {
	return hashOf(struct {
		Description, Policy string
		BinaryTypes         []string
		MinimumCompression  *int
	}{want.Description, want.Policy, want.BinaryTypes, want.MinimumCompressionSize})[:16]
}

func hashOf(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // plain structs of texts
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// plainPolicy is the resource policy of an API, written by samePolicy. AWS
// gives it with its quotes escaped, and with the short form of its resources
// ("execute-api:/stage/GET/path") written in full.
func plainPolicy(api types.RestApi) string {
	text := awssdk.ToString(api.Policy)
	if strings.HasPrefix(text, `{\`) {
		if plain, err := strconv.Unquote(`"` + strings.ReplaceAll(text, `\/`, `/`) + `"`); err == nil {
			text = plain
		}
	}
	text = regexp.MustCompile(`arn:[^:"]*:execute-api:[^:"]*:[^:"]*:`+regexp.QuoteMeta(awssdk.ToString(api.Id))+`/`).ReplaceAllLiteralString(text, "execute-api:/")
	return samePolicy(text)
}

// samePolicy writes a policy so that two that mean the same are equal, whether
// their lists of one are lists or not. (Package policy would not have the short
// form of resources.)
func samePolicy(text string) string {
	var document any
	if json.Unmarshal([]byte(text), &document) != nil {
		return text
	}
	plain, err := json.Marshal(simple(document))
	if err != nil {
		return text
	}
	return canonicalJSON(plain)
}

// simple takes lists of one apart, and sorts lists of texts.
func simple(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			v[key] = simple(value)
		}
	case []any:
		for i, value := range v {
			v[i] = simple(value)
		}
		if len(v) == 1 {
			return v[0]
		}
		text := func(v any) string { s, _ := v.(string); return s }
		if !slices.ContainsFunc(v, func(v any) bool { return text(v) == "" }) {
			slices.SortFunc(v, func(a, b any) int { return strings.Compare(text(a), text(b)) })
		}
	}
	return v
}
