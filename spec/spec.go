// Package spec is the Chalicefile as plain data: decoded, included, overlaid
// with one stage and interpolated, but otherwise as it was written. A pointer,
// an empty string or a nil slice means that the file does not set the key;
// what then holds is worked out by internal/model.
//
// There are no positions in here and no behaviour: whoever finds a fault tells
// it at a diag.Path. Everything that has an order in the file keeps it.
package spec

// App is one Chalicefile with its includes, for one stage.
type App struct {
	// Version of the format: 1.
	Version int
	// Name is the key app.
	Name string
	// Package is the default package of the root file, as written: ".", "./dir"
	// or an import path. "." where the file has none.
	Package string
	// Stage, Region and Account are what ${stage}, ${region} and ${account} became.
	Stage, Region, Account string

	// RouteDefaults are the top-level cors, authorizer, api_key_required,
	// content_types, function and middleware.
	RouteDefaults
	Routes      []Route
	Authorizers []Authorizer
	Schedules   []Schedule
	Events      []Event
	WebSocket   *WebSocket
	Functions   []Function
	API         API
	Defaults    Settings
	IAM         IAM
	// Stages are the names of the overlays of the root file, in its order.
	Stages []string
}

// Ref is a handler reference, "[package.]Name" or "[package.]Type.Method",
// with what is needed to resolve it.
type Ref struct {
	// Text as written.
	Text string
	// Dir is the directory of the file that wrote it, slash separated and
	// relative to the directory of the root file ("." for the root itself):
	// relative packages in Text start there.
	Dir string
	// Package is the default package where Text names none: "." or "./x" or
	// "../x" relative to the directory of the root file, or an import path.
	Package string
}

// IsZero says that the key was absent.
func (r Ref) IsZero() bool { return r.Text == "" }

// RouteDefaults are settings of routes that the root, a path, or (but for cors
// and middleware) a method can have; the innermost that is set holds, and
// middleware adds up, outermost first. What an included file sets for its own
// routes has been handed down to its paths.
type RouteDefaults struct {
	CORS *CORS
	// Authorizer is a name, "none", or "".
	Authorizer     string
	APIKeyRequired *bool
	ContentTypes   []string
	// Function is the name of the Lambda function that serves the route.
	Function   string
	Middleware []Ref
}

// CORS is a boolean or an object in the file.
type CORS struct {
	// Enabled is false for `cors: false` only.
	Enabled bool
	// AllowOrigin has one element for a string; nil means "*".
	AllowOrigin      []string
	AllowHeaders     []string
	ExposeHeaders    []string
	MaxAge           *int // seconds
	AllowCredentials bool
}

// Route is one path of the REST API.
type Route struct {
	Path string
	RouteDefaults
	Methods []Method
}

// Method is one method of a path; the short form has a Handler alone.
type Method struct {
	// HTTPMethod is one of GET POST PUT PATCH DELETE HEAD OPTIONS ANY.
	HTTPMethod     string
	Handler        Ref
	Authorizer     string
	Scopes         []string
	APIKeyRequired *bool
	ContentTypes   []string
	Status         int // 0: not set
	Function       string
	// Name is the operation id.
	Name        string
	Summary     string
	Description string
	Tags        []string
	Deprecated  bool
}

// Authorizer has exactly one of IAM, Cognito, Custom and Handler.
type Authorizer struct {
	Name    string
	IAM     bool
	Cognito *Cognito
	Custom  *Custom
	Handler *HandlerAuthorizer
}

// Cognito is an authorizer by user pools.
type Cognito struct {
	UserPools []string // ARNs
	Header    string   // "": Authorization
	Scopes    []string
}

// LambdaAuth is what custom and handler authorizers share.
type LambdaAuth struct {
	Header   string // "": Authorization
	TTL      *int   // seconds, 0..3600; nil: 300
	Type     string // "token", "request" or ""
	Identity []string
}

// Custom is an authorizer that is a Lambda function outside the app.
type Custom struct {
	URI     string
	RoleARN string
	LambdaAuth
}

// HandlerAuthorizer is an authorizer that is a function of the app.
type HandlerAuthorizer struct {
	Handler Ref
	LambdaAuth
	Settings
}

// Schedule has exactly one of Rate, Cron and At.
type Schedule struct {
	Name    string
	Handler Ref
	// Rate is "5 minutes", Cron the six fields, At "2026-12-24T18:00:00".
	Rate, Cron, At string
	Timezone       string // IANA; "": UTC
	Description    string
	Enabled        *bool // nil: true
	// Input is the JSON of input, nil where there is none.
	Input []byte
	Settings
}

// Event is a function run by an event source.
type Event struct {
	Name    string
	Handler Ref
	// Kind is the key that says which source: "s3", "sqs", …
	Kind string
	// Source is what the source's Descriptor.New made, decoded: *s3.Source, …
	Source any
	Settings
}

// WebSocket is the WebSocket API.
type WebSocket struct {
	Connect, Disconnect, Default Ref
	Routes                       []SocketRoute
	RouteSelectionExpression     string
	Authorizer                   string
}

// SocketRoute is one route key of the WebSocket API.
type SocketRoute struct {
	Key     string
	Handler Ref
}

// Function is a plain Lambda function, or settings of one that routes name
// (then without Handler).
type Function struct {
	Name    string
	Handler Ref
	Settings
}

// Settings of a Lambda function, as one place sets them. Tags of yaml are the
// keys of the format.
type Settings struct {
	MemorySize          *int              `yaml:"memory_size"`       // MB
	Timeout             *int              `yaml:"timeout"`           // seconds
	Architecture        string            `yaml:"architecture"`      // arm64, x86_64
	Environment         map[string]string `yaml:"environment"`       //
	EphemeralStorage    *int              `yaml:"ephemeral_storage"` // MB
	ReservedConcurrency *int              `yaml:"reserved_concurrency"`
	Layers              []string          `yaml:"layers"`
	VPC                 *VPC              `yaml:"vpc"`
	Tracing             *bool             `yaml:"tracing"`
	Tags                map[string]string `yaml:"tags"`
	LogRetention        *int              `yaml:"log_retention"` // days
	DeadLetterARN       string            `yaml:"dead_letter_arn"`
	BuildTags           []string          `yaml:"build_tags"` // defaults only
	IAM                 *FunctionIAM      `yaml:"iam"`
}

// VPC places a function in a network.
type VPC struct {
	SubnetIDs        []string `yaml:"subnet_ids"`
	SecurityGroupIDs []string `yaml:"security_group_ids"`
}

// FunctionIAM is the iam of one function.
type FunctionIAM struct {
	RoleARN         string   `yaml:"role_arn"`
	Statements      [][]byte `yaml:"statements"` // each IAM's JSON
	ManagedPolicies []string `yaml:"managed_policies"`
}

// API is the settings of the REST API.
type API struct {
	Type                   string            `yaml:"type"`          // rest
	StageName              string            `yaml:"stage_name"`    // "": api
	EndpointType           string            `yaml:"endpoint_type"` // regional, edge, private
	VPCEndpointIDs         []string          `yaml:"vpc_endpoint_ids"`
	PolicyFile             string            `yaml:"policy_file"`
	BinaryTypes            []string          `yaml:"binary_types"` // nil: */*
	MinimumCompressionSize *int              `yaml:"minimum_compression_size"`
	Debug                  bool              `yaml:"debug"`
	Tracing                *bool             `yaml:"tracing"`
	CustomDomain           *CustomDomain     `yaml:"custom_domain"`
	StageVariables         map[string]string `yaml:"stage_variables"`
	Description            string            `yaml:"description"`
	Tags                   map[string]string `yaml:"tags"`
}

// CustomDomain is a domain name of the REST API.
type CustomDomain struct {
	DomainName     string `yaml:"domain_name"`
	CertificateARN string `yaml:"certificate_arn"`
	BasePath       string `yaml:"base_path"`
	TLSVersion     string `yaml:"tls_version"`
}

// IAM is execution roles and policies of the app.
type IAM struct {
	ManageRole          *bool    `yaml:"manage_role"` // nil: true
	RoleARN             string   `yaml:"role_arn"`
	AutogenPolicy       *bool    `yaml:"autogen_policy"` // nil: true
	PolicyFile          string   `yaml:"policy_file"`
	Statements          [][]byte `yaml:"statements"` // each IAM's JSON
	ManagedPolicies     []string `yaml:"managed_policies"`
	PermissionsBoundary string   `yaml:"permissions_boundary"`
}
