package aws

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"

	"github.com/chalicefile/chalicefile/deployer"
	"github.com/chalicefile/chalicefile/internal/resource"
)

// Create implements deployer.Actuator.
func (r *restAPIs) Create(ctx context.Context, w resource.Resource, run *deployer.Run) (deployer.Attributes, error) {
	want := w.(*resource.RestAPI)
	input := &apigateway.CreateRestApiInput{
		Name: &want.Name, Description: optionalString(want.Description), BinaryMediaTypes: want.BinaryTypes,
		EndpointConfiguration: &types.EndpointConfiguration{Types: []types.EndpointType{types.EndpointType(want.EndpointType)}, VpcEndpointIds: want.VPCEndpointIDs},
		Policy:                optionalString(want.Policy), Tags: want.Tags,
	}
	if n := want.MinimumCompressionSize; n != nil {
		input.MinimumCompressionSize = awssdk.Int32(int32(*n))
	}
	call := ctx
	if want.EndpointType == string(types.EndpointTypeEdge) {
		call = paced(ctx, createEdgeAPI)
	}
	out, err := r.api.CreateRestApi(call, input)
	if err != nil {
		return nil, fail(err)
	}
	made := types.RestApi{
		Id: out.Id, Name: out.Name, Description: out.Description, BinaryMediaTypes: out.BinaryMediaTypes, Policy: out.Policy,
		MinimumCompressionSize: out.MinimumCompressionSize, EndpointConfiguration: out.EndpointConfiguration, Tags: out.Tags,
	}
	state := &apiState{api: made}
	deployment, err := r.deploy(ctx, want, state, true, run)
	if err != nil {
		return nil, err
	}
	if err := r.putStage(ctx, want, state, deployment, run); err != nil {
		return nil, err
	}
	return apiAttributes(want, state), nil
}

func apiAttributes(want *resource.RestAPI, state *apiState) deployer.Attributes {
	return deployer.Attributes{resource.AttrID: *state.api.Id, attrStage: want.StageName}
}

// Update implements deployer.Actuator. The tags come first, so that an API that
// is taken over is known as ours from then on.
func (r *restAPIs) Update(ctx context.Context, w resource.Resource, live *deployer.Live, changes []deployer.Change, run *deployer.Run) (deployer.Attributes, error) {
	want, state := w.(*resource.RestAPI), live.Handle.(*apiState)
	if live.Unfit != "" {
		return nil, &deployer.Failure{Message: live.Unfit, Hint: live.UnfitHint}
	}
	if err := retag(ctx, r.api, gatewayARN(run.Owner, "/restapis/"+*state.api.Id), want.Tags, state.api.Tags); err != nil {
		return nil, err
	}
	deployment := ""
	if state.stage != nil {
		deployment = awssdk.ToString(state.stage.DeploymentId)
	}
	if deployment == "" || slices.ContainsFunc(changes, needsImport) {
		var err error
		if deployment, err = r.deploy(ctx, want, state, false, run); err != nil {
			return nil, err
		}
	}
	if err := r.putStage(ctx, want, state, deployment, run); err != nil {
		return nil, err
	}
	return apiAttributes(want, state), r.sweep(ctx, want, state, deployment, run)
}

// needsImport says whether a change is one of more than the stage and tags.
func needsImport(c deployer.Change) bool {
	return c.Property != "stage_name" && c.Property != "tracing" &&
		!strings.HasPrefix(c.Property, "stage_variables.") && !strings.HasPrefix(c.Property, "tags.")
}

// ambiguous says that of several APIs of a name none can be taken over.
func ambiguous(name string, same []types.RestApi) (message, hint string) {
	var ids []string
	for _, api := range same {
		ids = append(ids, *api.Id)
	}
	return "there are " + strconv.Itoa(len(ids)) + " REST APIs of the name " + name + ": " + strings.Join(ids, ", "),
		"which of them is meant cannot be told: rename the others"
}

// deploy imports the document into an API and makes a deployment of it, which
// no stage shows yet. made says that the API was made just now, with all the
// settings that are wanted.
func (r *restAPIs) deploy(ctx context.Context, want *resource.RestAPI, state *apiState, made bool, run *deployer.Run) (string, error) {
	id := *state.api.Id
	before, err := r.private(ctx, want, state.api, run)
	if err != nil {
		return "", err
	}
	var out *apigateway.PutRestApiOutput
	put := patiently
	if made {
		put = freshly
	}
	body := want.Document
	if before.DisableExecuteApiEndpoint {
		body = withoutEndpoint(body)
	}
	err = put(ctx, run, "REST API "+want.Name+" to take its document", func(ctx context.Context) (err error) {
		out, err = r.api.PutRestApi(ctx, &apigateway.PutRestApiInput{RestApiId: &id, Mode: types.PutModeOverwrite, Body: body})
		return err
	})
	if err != nil {
		return "", fail(err)
	}
	imported := types.RestApi{
		Id: &id, Name: out.Name, Description: out.Description, BinaryMediaTypes: out.BinaryMediaTypes, Policy: out.Policy,
		MinimumCompressionSize: out.MinimumCompressionSize, EndpointConfiguration: out.EndpointConfiguration,
		DisableExecuteApiEndpoint: out.DisableExecuteApiEndpoint,
	}
	for _, operations := range settingsPatches(want, before, imported, made) {
		if err := r.patch(ctx, want.Name, id, operations, run); err != nil {
			return "", err
		}
	}
	m, err := r.mark(ctx, want, id, run)
	if err != nil {
		return "", err
	}
	description, deployment := m.String(), ""
	err = patiently(ctx, run, "REST API "+want.Name+" to be deployable", func(ctx context.Context) error {
		out, err := r.api.CreateDeployment(ctx, &apigateway.CreateDeploymentInput{RestApiId: &id, Description: &description})
		if err == nil {
			deployment = awssdk.ToString(out.Id)
		}
		return err
	})
	return deployment, fail(err)
}

// withoutEndpoint is a document that has its API's own endpoint (execute-api)
// switched off. The Chalicefile has no key for that: whoever did it by hand
// would have it on again, as an import that overwrites resets what its document
// lacks. In the document, there is no moment at which it is on.
func withoutEndpoint(document []byte) []byte {
	const configuration = "x-amazon-apigateway-endpoint-configuration"
	var d map[string]json.RawMessage
	if json.Unmarshal(document, &d) != nil {
		return document
	}
	var servers []map[string]any
	if json.Unmarshal(d["servers"], &servers) != nil || len(servers) == 0 {
		servers = []map[string]any{{"url": "/"}}
	}
	c, _ := servers[0][configuration].(map[string]any)
	if c == nil {
		c = map[string]any{}
	}
	c["disableExecuteApiEndpoint"] = true
	servers[0][configuration] = c
	text, err := json.Marshal(servers)
	if err != nil {
		return document
	}
	d["servers"] = text
	if text, err = json.Marshal(d); err != nil {
		return document
	}
	return text
}

// private makes an API private that was not, before an import: only private APIs
// have VPC endpoints, which the document names. What it returns is the API with
// the endpoint that it then has.
func (r *restAPIs) private(ctx context.Context, want *resource.RestAPI, api types.RestApi, run *deployer.Run) (types.RestApi, error) {
	const private = types.EndpointTypePrivate
	if c := api.EndpointConfiguration; want.EndpointType != string(private) || c != nil && slices.Contains(c.Types, private) {
		return api, nil
	}
	for _, operations := range endpointPatches(want, api) {
		if err := r.patch(ctx, want.Name, *api.Id, operations, run); err != nil {
			return api, err
		}
	}
	api.EndpointConfiguration = &types.EndpointConfiguration{Types: []types.EndpointType{private}, VpcEndpointIds: want.VPCEndpointIDs}
	return api, nil
}

// patch changes settings of an API, and waits until it can be changed again: a
// change of the endpoint type takes up to a minute.
func (r *restAPIs) patch(ctx context.Context, name, id string, operations []types.PatchOperation, run *deployer.Run) error {
	err := patiently(ctx, run, "REST API "+name+" to take its settings", func(ctx context.Context) error {
		_, err := r.api.UpdateRestApi(ctx, &apigateway.UpdateRestApiInput{RestApiId: &id, PatchOperations: operations})
		return err
	})
	if err != nil {
		return fail(err)
	}
	return waitFor(ctx, run, "the settings of REST API "+name+" to be in force", gatewayLimit, func(ctx context.Context) (bool, error) {
		out, err := r.api.GetRestApi(ctx, &apigateway.GetRestApiInput{RestApiId: &id})
		if err != nil {
			return false, fail(err)
		}
		return out.ApiStatus != types.ApiStatusUpdating && out.ApiStatus != types.ApiStatusPending, nil
	})
}

// visibleLimit is how long an import may take to be seen in full.
const visibleLimit = 15 * time.Second

// mark reads what AWS shows after an import, once all of it is there.
func (r *restAPIs) mark(ctx context.Context, want *resource.RestAPI, id string, run *deployer.Run) (mark, error) {
	var parts apiParts
	var api types.RestApi
	methods := documentMethods(want.Document)
	err := waitFor(ctx, run, "the routes of REST API "+want.Name+" to be seen", visibleLimit, func(ctx context.Context) (bool, error) {
		err := together(ctx,
			func(ctx context.Context) (err error) { parts, err = r.parts(ctx, id); return },
			func(ctx context.Context) error {
				out, err := r.api.GetRestApi(ctx, &apigateway.GetRestApiInput{RestApiId: &id})
				if err == nil {
					api = types.RestApi{
						Id: &id, Name: out.Name, Description: out.Description, BinaryMediaTypes: out.BinaryMediaTypes,
						Policy: out.Policy, MinimumCompressionSize: out.MinimumCompressionSize,
					}
				}
				return fail(err)
			},
		)
		return parts.methods() >= methods, err
	})
	// What is not seen in full by now is found to differ, and healed, by the next
	// deploy: no reason to fail this one.
	if err != nil && !isClass(err, deployer.ClassLater) {
		return mark{}, err
	}
	return mark{document: want.DocumentHash(), live: parts.digest(api), settings: settingsHash(want)}, nil
}

// documentMethods is how many methods an OpenAPI document has.
func documentMethods(document []byte) int {
	var d struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	if json.Unmarshal(document, &d) != nil {
		return 0
	}
	n := 0
	for _, item := range d.Paths {
		for key := range item {
			switch key {
			case "get", "put", "post", "delete", "options", "head", "patch", "x-amazon-apigateway-any-method":
				n++
			}
		}
	}
	return n
}

// settingsPatches are the updates that make up for what an import did not
// bring: it has no endpoint type, and of the rest that is what an API that was
// made with all of it lost, or what one that was there before still has as it
// was. (AWS may show a setting otherwise than it was written, a policy with
// full ARNs: that is no reason for an update.)
func settingsPatches(want *resource.RestAPI, before, imported types.RestApi, made bool) [][]types.PatchOperation {
	missing := func(want, before, imported string) bool {
		return want != imported && (before == imported) != made
	}
	var operations []types.PatchOperation
	text := func(path, want string, before, imported *string) {
		if missing(want, awssdk.ToString(before), awssdk.ToString(imported)) {
			operations = append(operations, patch(types.OpReplace, path, want))
			operations[len(operations)-1].Value = &want
		}
	}
	text("/name", want.Name, before.Name, imported.Name)
	text("/description", want.Description, before.Description, imported.Description)
	if missing(samePolicy(want.Policy), plainPolicy(before), plainPolicy(imported)) {
		operations = append(operations, types.PatchOperation{Op: types.OpReplace, Path: awssdk.String("/policy"), Value: &want.Policy})
	}
	if missing(sizeText(want.MinimumCompressionSize), sizeText(before.MinimumCompressionSize), sizeText(imported.MinimumCompressionSize)) {
		op := types.PatchOperation{Op: types.OpReplace, Path: awssdk.String("/minimumCompressionSize")}
		if want.MinimumCompressionSize != nil { // without a value there is no compression
			op.Value = awssdk.String(sizeText(want.MinimumCompressionSize))
		}
		operations = append(operations, op)
	}
	// Nobody wants it so: it was switched off by hand, and the import did not
	// leave it so.
	if before.DisableExecuteApiEndpoint && !imported.DisableExecuteApiEndpoint {
		operations = append(operations, patch(types.OpReplace, "/disableExecuteApiEndpoint", "true"))
	}
	// What shows none after an import that names some is no API Gateway: an
	// emulator that does not know them.
	knows := len(imported.BinaryMediaTypes) > 0
	if knows && missing(typesText(want.BinaryTypes), typesText(before.BinaryMediaTypes), typesText(imported.BinaryMediaTypes)) {
		operations = append(operations, listPatches(imported.BinaryMediaTypes, want.BinaryTypes, func(op types.Op, value string) types.PatchOperation {
			return patch(op, "/binaryMediaTypes/"+pointer(value), value)
		})...)
	}
	var updates [][]types.PatchOperation
	if len(operations) > 0 {
		updates = append(updates, operations)
	}
	if imported.EndpointConfiguration == nil {
		imported.EndpointConfiguration = before.EndpointConfiguration
	}
	// An import sets the VPC endpoints: what is left to do depends on what it says.
	return append(updates, endpointPatches(want, imported)...)
}

func typesText(list []string) string { return strings.Join(sorted(list), " ") }

func sizeText[N int | int32](n *N) string {
	if n == nil {
		return ""
	}
	return strconv.FormatInt(int64(*n), 10)
}

// listPatches remove what is not wanted, and add what is missing.
func listPatches(live, want []string, operation func(op types.Op, value string) types.PatchOperation) []types.PatchOperation {
	var operations []types.PatchOperation
	for _, value := range live {
		if !slices.Contains(want, value) {
			operations = append(operations, operation(types.OpRemove, value))
		}
	}
	for _, value := range want {
		if !slices.Contains(live, value) {
			operations = append(operations, operation(types.OpAdd, value))
		}
	}
	return operations
}

// endpointPatches are the updates that change the endpoint: its type, which no
// import does, and its VPC endpoints, where one did not. A private API becomes edge-optimized by way of a regional one.
func endpointPatches(want *resource.RestAPI, live types.RestApi) [][]types.PatchOperation {
	from, vpc := want.EndpointType, []string(nil)
	if c := live.EndpointConfiguration; c != nil {
		vpc = c.VpcEndpointIds
		if len(c.Types) > 0 {
			from = string(c.Types[0])
		}
	}
	path := func(from string) string { return "/endpointConfiguration/types/" + from }
	lists := listPatches(vpc, want.VPCEndpointIDs, func(op types.Op, value string) types.PatchOperation {
		return patch(op, "/endpointConfiguration/vpcEndpointIds", value)
	})
	var updates [][]types.PatchOperation
	if from != want.EndpointType {
		if from == string(types.EndpointTypePrivate) && want.EndpointType == string(types.EndpointTypeEdge) {
			updates = append(updates, append(lists, patch(types.OpReplace, path(from), string(types.EndpointTypeRegional))))
			from, lists = string(types.EndpointTypeRegional), nil
		}
		change := patch(types.OpReplace, path(from), want.EndpointType)
		if want.EndpointType == string(types.EndpointTypePrivate) {
			lists = append([]types.PatchOperation{change}, lists...) // endpoints of a VPC belong to private APIs only
		} else {
			lists = append(lists, change)
		}
	}
	if len(lists) > 0 {
		updates = append(updates, lists)
	}
	return updates
}

// putStage makes the stage, or makes it show the deployment.
func (r *restAPIs) putStage(ctx context.Context, want *resource.RestAPI, state *apiState, deployment string, run *deployer.Run) error {
	var stage *types.Stage
	if state.stage != nil && *state.stage.StageName == want.StageName {
		stage = state.stage
	}
	if stage == nil {
		err := freshly(ctx, run, "deployment "+deployment+" to be known", func(ctx context.Context) error {
			_, err := r.api.CreateStage(ctx, &apigateway.CreateStageInput{
				RestApiId: state.api.Id, StageName: &want.StageName, DeploymentId: &deployment, Variables: want.Variables,
				TracingEnabled: want.Tracing, Tags: want.Tags,
			})
			return err
		})
		if !isClass(err, deployer.ClassExists) {
			return fail(err)
		}
		// The answer to an earlier attempt was lost.
		out, err := r.api.GetStage(ctx, &apigateway.GetStageInput{RestApiId: state.api.Id, StageName: &want.StageName})
		if err != nil {
			return fail(err)
		}
		stage = &types.Stage{StageName: out.StageName, DeploymentId: out.DeploymentId, Variables: out.Variables, TracingEnabled: out.TracingEnabled, Tags: out.Tags}
	}
	if operations := stagePatches(want, stage, deployment); len(operations) > 0 {
		err := patiently(ctx, run, "stage "+want.StageName+" to be changeable", func(ctx context.Context) error {
			_, err := r.api.UpdateStage(ctx, &apigateway.UpdateStageInput{RestApiId: state.api.Id, StageName: &want.StageName, PatchOperations: operations})
			return err
		})
		if err != nil {
			return fail(err)
		}
	}
	return retag(ctx, r.api, gatewayARN(run.Owner, "/restapis/"+*state.api.Id+"/stages/"+want.StageName), want.Tags, stage.Tags)
}

// stagePatches make a stage what is wanted.
func stagePatches(want *resource.RestAPI, stage *types.Stage, deployment string) []types.PatchOperation {
	var operations []types.PatchOperation
	if awssdk.ToString(stage.DeploymentId) != deployment {
		operations = append(operations, patch(types.OpReplace, "/deploymentId", deployment))
	}
	if stage.TracingEnabled != want.Tracing {
		operations = append(operations, patch(types.OpReplace, "/tracingEnabled", strconv.FormatBool(want.Tracing)))
	}
	set, remove := tagDiff(want.Variables, stage.Variables)
	for _, name := range remove {
		operations = append(operations, patch(types.OpRemove, "/variables/"+pointer(name), ""))
	}
	for _, name := range slices.Sorted(maps.Keys(set)) {
		value := set[name]
		operations = append(operations, types.PatchOperation{Op: types.OpReplace, Path: awssdk.String("/variables/" + pointer(name)), Value: &value})
	}
	return operations
}

// sweep removes what the update left behind: our stage of another name, and
// deployments of ours that no stage shows. What AWS does not let go yet (a
// deployment that is in use, a stage that a usage plan names) stays for the next
// time.
func (r *restAPIs) sweep(ctx context.Context, want *resource.RestAPI, state *apiState, deployment string, run *deployer.Run) error {
	used := map[string]bool{deployment: true}
	for _, stage := range state.stages {
		switch {
		case *stage.StageName == want.StageName:
		case run.Owner.Owns(stage.Tags):
			if _, err := r.api.DeleteStage(ctx, &apigateway.DeleteStageInput{RestApiId: state.api.Id, StageName: stage.StageName}); err == nil {
				continue
			}
			used[awssdk.ToString(stage.DeploymentId)] = true
		default:
			used[awssdk.ToString(stage.DeploymentId)] = true
		}
		if stage.CanarySettings != nil {
			used[awssdk.ToString(stage.CanarySettings.DeploymentId)] = true
		}
	}
	for _, d := range state.deployments {
		if _, ours := readMark(&d); ours && !used[awssdk.ToString(d.Id)] {
			// Refused or lost: the next update tries again.
			_, _ = r.api.DeleteDeployment(ctx, &apigateway.DeleteDeploymentInput{RestApiId: state.api.Id, DeploymentId: d.Id})
		}
	}
	return ctx.Err()
}
