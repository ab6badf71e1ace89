package resource

import (
	"github.com/chalicefile/chalicefile/policy"
)

// Role is an execution role. Where its Name is taken by the same app and stage
// in another region, its name is Name-REGION. Attribute: arn.
type Role struct {
	Name string
	Path string // Owner.RolePath
	// Service is the principal that takes it on: "lambda.amazonaws.com".
	Service string
	// Policy is its one inline policy, of the name PolicyName.
	Policy policy.Document
	// ManagedPolicies are ARNs, sorted.
	ManagedPolicies     []string
	PermissionsBoundary string
	Tags                map[string]string
}

// PolicyName is that of the inline policy of a role.
const PolicyName = "chalicefile"

// LogGroup of a function.
type LogGroup struct {
	Name string
	// Retention in days; 0 is for ever.
	Retention int
	Tags      map[string]string
}

// Code is the zip of functions.
type Code struct {
	// SHA256 is base64, as Lambda's CodeSha256 has it.
	SHA256 string
	Zip    []byte
}

// Function is a Lambda function.
type Function struct {
	Name string // in AWS
	// Handler is its name in the Chalicefile, which is what _HANDLER is.
	Handler string
	// Runtime of a live one, where it is another than Runtime; "" in wanted ones.
	Runtime string
	Role    Text // ARN
	Code    *Code
	// MemorySize and EphemeralStorage in MB, Timeout in seconds.
	MemorySize, EphemeralStorage, Timeout int
	Architecture                          string // arm64, x86_64
	Environment                           map[string]string
	// ReservedConcurrency is nil where none is reserved.
	ReservedConcurrency         *int
	Layers                      []string
	SubnetIDs, SecurityGroupIDs []string // sorted
	Tracing                     bool
	DeadLetterARN               string
	Tags                        map[string]string
	// After are what else must be there before: its log group.
	After []ID
}

// Runtime of all functions.
const Runtime = "provided.al2023"

// StatementAPI is the id of the statement by which API Gateway may call a
// function.
const StatementAPI = "chalicefile-api"

// Permission is one statement of a function's resource policy.
type Permission struct {
	Function  string // name in AWS
	Statement string // id
	// Principal is the service: "apigateway.amazonaws.com".
	Principal string
	SourceARN Text
	// SourceAccount is "" where the ARN says it.
	SourceAccount string
}

// RestAPI is a REST API with its deployment to its one stage. Attributes: id.
type RestAPI struct {
	Name string
	// Document is the OpenAPI document to import, canonical JSON. It holds all
	// that such a document can hold; the fields below that it holds too are for
	// the creation, and to compare with.
	Document []byte
	// Imported is the hash of the document that was imported into a live one,
	// which AWS does not give back; "" where what is there is not what it made.
	Imported string
	// Routes of a live one, for people: "GET /cities/{city}", sorted. Those of a
	// wanted one are in its document.
	Routes                 []string
	Description            string
	EndpointType           string   // REGIONAL, EDGE, PRIVATE
	VPCEndpointIDs         []string // sorted
	BinaryTypes            []string // sorted
	MinimumCompressionSize *int     // bytes; nil: none
	// Policy is the resource policy, canonical JSON, as it is written: AWS makes
	// full ARNs of execute-api:/…; "" where there is none.
	Policy    string
	Tags      map[string]string
	StageName string
	Variables map[string]string
	Tracing   bool
	// After are the functions that it calls.
	After []ID
}

// UsagePlan of the app's API keys. Attribute: id.
type UsagePlan struct {
	Name        string
	Description string
	API         ID
	StageName   string
	Tags        map[string]string
}

// APIKey of a usage plan. Attribute: id. Its value is known to nobody here.
type APIKey struct {
	Name        string
	Description string
	Plan        ID
	Tags        map[string]string
}

// Domain is a custom domain name of API Gateway. Attribute: target, what DNS
// must point to.
type Domain struct {
	Name           string
	CertificateARN string
	EndpointType   string // REGIONAL, EDGE
	SecurityPolicy string // TLS_1_2
	Tags           map[string]string
}

// BasePathMapping brings a REST API under a custom domain.
type BasePathMapping struct {
	Domain    string
	BasePath  string // "" for all of the domain
	API       ID
	StageName string
	// After is the domain.
	After []ID
}

// Rule is an EventBridge rule with a function as its one target.
type Rule struct {
	Name        string
	Bus         string // name or ARN; "default"
	Description string
	// Schedule is rate(…) or cron(…); Pattern the canonical JSON of a pattern.
	Schedule, Pattern string
	Disabled          bool
	Function          string // name in AWS
	FunctionARN       string
	// Input is the JSON sent in place of the event; "" sends the event.
	Input string
	Tags  map[string]string
	// After is the permission to call the function: events are lost without it.
	After []ID
}

// ScheduleGroup holds the schedules of EventBridge Scheduler.
type ScheduleGroup struct {
	Name string
	Tags map[string]string
}

// Schedule of EventBridge Scheduler, which calls a function.
type Schedule struct {
	Name, Group string
	Description string
	Expression  string // rate(…), cron(…), at(…)
	Timezone    string // IANA
	Disabled    bool
	Function    string // name in AWS
	FunctionARN string
	Role        Text // ARN
	Input       string
}

// Mapping is an event source mapping: Lambda reads a queue or a stream.
// Attribute: id.
type Mapping struct {
	Function  string // name in AWS
	Source    Text   // ARN
	BatchSize int
	// MaximumBatchingWindow in seconds.
	MaximumBatchingWindow int
	// MaximumConcurrency (sqs) is 0 where there is none.
	MaximumConcurrency int
	// Filters are patterns, canonical JSON.
	Filters  []string
	Disabled bool
	// ReportBatchItemFailures: the function tells which records failed.
	ReportBatchItemFailures bool
	// Stream says that what follows holds: a stream of Kinesis or DynamoDB.
	Stream                bool
	StartingPosition      string // LATEST, TRIM_HORIZON
	ParallelizationFactor int
	MaximumRetryAttempts  *int // nil: as long as the record is kept
	BisectBatchOnError    bool
	OnFailureARN          string
	Tags                  map[string]string
}

// Notification is what a bucket tells the app's functions: the app's entries of
// the bucket's one notification document.
type Notification struct {
	Bucket  string
	Account string // that the bucket is expected to belong to
	Entries []NotificationEntry
	// After are the permissions to call the functions.
	After []ID
}

// NotificationEntry is one entry of a bucket's notifications.
type NotificationEntry struct {
	ID             string
	FunctionARN    string
	Events         []string // sorted
	Prefix, Suffix string
}

// Subscription of a function to a topic of SNS. Attribute: arn.
type Subscription struct {
	TopicARN    string
	Function    string // name in AWS
	FunctionARN string
	// FilterPolicy is canonical JSON; FilterPolicyScope MessageAttributes or
	// MessageBody, with a FilterPolicy only.
	FilterPolicy, FilterPolicyScope string
	DeadLetterARN                   string
	// After is the permission to call the function.
	After []ID
}
