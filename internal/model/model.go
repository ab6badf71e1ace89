// Package model is the app resolved, in types that need neither go/types nor
// YAML: settings in force, handlers bound to Go functions. Everything after the
// checks (code generation, the local gateway, the deployment) reads this.
package model

import (
	"github.com/chalicefile/chalicefile/spec"
)

// App is one app for one stage.
type App struct {
	Name  string
	Stage string
	// Spec is what the app was made from.
	Spec *spec.App
	// Module is the Go module that the app belongs to.
	Module Module
	API    API
	// Routes of the REST API in the order of the file. Preflights that come
	// from cors are not among them: see Path.Preflight.
	Paths       []*Path
	Authorizers []*Authorizer
	// Functions are all Lambda functions of the app: "api" first where routes
	// need it, then other functions of routes, the WebSocket API's, plain
	// functions, schedules, events, authorizers, each group in the order of the
	// file.
	Functions []*Function
	// Constructors in the order in which they are to be called: what another
	// takes stands before it.
	Constructors []*Constructor
	// PackageNames are the names of packages by import path, as far as they are
	// known: those that Types speak of.
	PackageNames map[string]string
}

// Module is where the app lives.
type Module struct {
	// Path as in its go.mod; Dir absolute; AppDir is the directory of the
	// Chalicefile, absolute, at or below Dir.
	Path, Dir, AppDir string
}

// API is the settings of the REST API in force.
type API struct {
	StageName   string // first segment of the URL; default "api"
	Debug       bool
	BinaryTypes []string // never empty; default "*/*"
	Description string
	// StageVariables may be nil.
	StageVariables map[string]string
	// GatewayCORS are the headers of gateway responses: nil where no path has
	// cors; the shared setting where all agree; else {Origins: ["*"]} alone.
	GatewayCORS *CORS
}

// Path is one path of the REST API.
type Path struct {
	Path string
	// CORS is nil where the path has none.
	CORS *CORS
	// Preflight says that an OPTIONS method answers CORS preflights. With
	// several origins the function answers it, else the gateway.
	Preflight bool
	// PreflightFunction names the Lambda function that answers a preflight
	// with several origins: the function of the path's first method.
	PreflightFunction string
	Methods           []*Method
}

// CORS in force for a path. AllowHeaders is the complete sorted value.
type CORS struct {
	AllowOrigin      []string // at least one; more than one: the matching one is sent
	AllowHeaders     string   // value of Access-Control-Allow-Headers
	AllowMethods     string   // value of Access-Control-Allow-Methods
	ExposeHeaders    string   // "" : none
	MaxAge           *int     // seconds
	AllowCredentials bool
}

// Method is one method of a path.
type Method struct {
	HTTPMethod string // GET … OPTIONS, or ANY
	Path       *Path
	// Authorizer is nil where there is none.
	Authorizer     *Authorizer
	Scopes         []string
	APIKeyRequired bool
	// ContentTypes in force, never empty.
	ContentTypes []string
	// ContentTypesByHandler: nothing sets them, so that the parameters of the
	// handler decide when it is bound (a form, raw bytes).
	ContentTypesByHandler bool
	// Status of a success; default 200.
	Status int
	// Function is the Lambda function that serves it.
	Function   *Function
	Name       string // operation id
	Summary    string
	Desc       string
	Tags       []string
	Deprecated bool
	// Middleware, outermost first.
	Middleware []*Middleware
	// Call is nil until the handlers are bound.
	Call *Call
}

// AuthorizerKind says which kind an authorizer is.
type AuthorizerKind string

// The kinds of authorizers.
const (
	AuthIAM     AuthorizerKind = "iam"
	AuthCognito AuthorizerKind = "cognito"
	AuthCustom  AuthorizerKind = "custom"
	AuthHandler AuthorizerKind = "handler"
)

// Authorizer of the REST API with its defaults filled in.
type Authorizer struct {
	Name   string
	Kind   AuthorizerKind
	Header string // cognito, custom, handler; default Authorization
	// Type is "token" or "request" (custom, handler); default token.
	Type string
	// TTL in seconds (custom, handler); default 300.
	TTL int
	// Identity sources of type request: "header.NAME", "query.NAME",
	// "stage.NAME", "context.NAME"; default the header.
	Identity  []string
	UserPools []string // cognito
	Scopes    []string // cognito
	URI       string   // custom
	RoleARN   string   // custom
	// Function is the app's own (handler).
	Function *Function
}

// FunctionKind says what runs a function.
type FunctionKind string

// The kinds of functions.
const (
	KindRoutes     FunctionKind = "routes"
	KindPlain      FunctionKind = "plain"
	KindSchedule   FunctionKind = "schedule"
	KindEvent      FunctionKind = "event"
	KindAuthorizer FunctionKind = "authorizer"
	KindWebSocket  FunctionKind = "websocket"
)

// Function is one Lambda function.
type Function struct {
	// Name is its identity in the Chalicefile, and _HANDLER: "api",
	// "periodic_task".
	Name string
	Kind FunctionKind
	// LambdaName is the name in AWS: <app>-<stage> for "api", else
	// <app>-<stage>-<name>.
	LambdaName string
	Settings   Settings
	// Schedule, Event: what it was made from; nil for other kinds.
	Schedule *spec.Schedule
	Event    *spec.Event
	// Methods that it serves (KindRoutes).
	Methods []*Method
	// Call is the handler; nil for KindRoutes and KindWebSocket, and until the
	// handlers are bound.
	Call *Call
	// Socket are the handlers of KindWebSocket by route key: $connect,
	// $disconnect, $default and the app's own.
	Socket []SocketCall
	// Path of what declares it in the Chalicefile ("events", "on_upload"); nil
	// for "api" where nothing but routes does.
	Path []string
}

// SocketCall is one handler of the WebSocket API.
type SocketCall struct {
	RouteKey string
	Call     *Call
}

// Settings of a function in force.
type Settings struct {
	MemorySize          int    // MB; default 128
	Timeout             int    // seconds; default 30
	Architecture        string // arm64 (default) or x86_64
	Environment         map[string]string
	EphemeralStorage    int  // MB; default 512
	ReservedConcurrency *int // nil: not reserved
	Layers              []string
	VPC                 *spec.VPC
	Tracing             bool
	Tags                map[string]string
	LogRetention        *int // days; nil: for ever
	DeadLetterARN       string
	BuildTags           []string
	IAM                 spec.FunctionIAM
}

// Type is a Go type expression in which every package qualifier is written as
// ${import/path}: "map[string]${example.com/app/api}.Object". The code
// generator chooses the names of imports.
type Type string

// Func is an exported Go function, or a method of a constructed value.
type Func struct {
	// ImportPath and PackageName of where it is declared.
	ImportPath, PackageName string
	// Recv is set for methods: the constructor of the receiver.
	Recv *Constructor
	// Name of the function or method.
	Name string
	// File (slash path relative to the app's directory, or absolute outside the
	// module), Line and Column of its name.
	File         string
	Line, Column int
	// Doc is its doc comment, without the comment markers.
	Doc string
}

// String is the handler as people write it: "api.Index", "api.API.GetObject".
func (f Func) String() string {
	if f.Recv != nil {
		return f.PackageName + "." + f.Recv.TypeName + "." + f.Name
	}
	return f.PackageName + "." + f.Name
}

// Constructor makes the one instance per process of a type.
type Constructor struct {
	// Func is NewAPI or New; its Recv is nil.
	Func Func
	// Type is what it returns: "*${example.com/app/api}.API".
	Type Type
	// Value: Type is neither a pointer nor an interface. All who use the one
	// value of the process then share a pointer to it.
	Value bool
	// TypeName is "API".
	TypeName string
	// TakesContext: its first parameter is a context.Context.
	TakesContext bool
	// ReturnsError: its second result is an error.
	ReturnsError bool
	// Params are constructed before, in the order of its other parameters.
	Params []*Constructor
	// Convert[i] says how Params[i]'s value is passed: "" as it is, "&", "*".
	Convert []string
}

// Middleware is one bound middleware reference.
type Middleware struct {
	Func Func
	// HTTP: it is a func(http.Handler) http.Handler.
	HTTP bool
	Ref  spec.Ref
}

// From says what a parameter is bound to.
type From string

// What parameters of routes are bound to.
const (
	FromContext From = "context"
	FromPath    From = "path"
	FromRequest From = "request"
	FromInput   From = "input"
	FromRaw     From = "raw"  // []byte
	FromForm    From = "form" // url.Values
	FromBody    From = "body" // JSON
	FromQuery   From = "query"
	FromHeader  From = "header"
	FromCookie  From = "cookie"
	FromAuth    From = "auth"
)

// What parameters of event handlers and authorizers are bound to.
const (
	// FromEvent is the whole event, decoded from JSON into Param.Type.
	FromEvent From = "event"
	// FromRecord is one record of Shape.Record's type.
	FromRecord From = "record"
	// FromPayload is one decoded value of a record: JSON text, string, []byte
	// (Param.Payload says which).
	FromPayload From = "payload"
	// FromNested is a value that another service put in the record: Param.Type
	// is events.S3Event, handlerkit.S3Object, events.SNSEntity or
	// handlerkit.Event[T].
	FromNested From = "nested"
	// FromChange is handlerkit.Change[T]; FromDetail handlerkit.Event[T].
	FromChange From = "change"
	FromDetail From = "detail"
	// FromAuthRequest is handlerkit.AuthRequest.
	FromAuthRequest From = "auth_request"
	// FromHTTP: the handler is a func(http.ResponseWriter, *http.Request); it is
	// the only Param, with nothing else set.
	FromHTTP From = "http"
	// FromSocket is handlerkit.SocketEvent.
	FromSocket From = "socket"
)

// Scalar says how text becomes a value.
type Scalar string

// The scalars.
const (
	String Scalar = "string"
	Bool   Scalar = "bool"
	Int    Scalar = "int"
	Uint   Scalar = "uint"
	Float  Scalar = "float"
	Text   Scalar = "text" // encoding.TextUnmarshaler of a pointer
)

// Call is a handler with each parameter and result accounted for.
type Call struct {
	Func
	// Ref is the reference that was resolved, Path where it stands in the
	// Chalicefile (value of this path).
	Ref  spec.Ref
	Path []string
	// TakesContext: the first parameter is a context.Context, not in Params.
	TakesContext bool
	Params       []Param
	Result       Result
}

// Param is one parameter, after the context.
type Param struct {
	// Name in the Go source.
	Name string
	From From
	// Key is the path parameter's name as the route has it (FromPath).
	Key string
	// Type of the parameter, without a leading "*" where Pointer.
	Type    Type
	Pointer bool
	// Scalar with FromPath; for FromPayload: String, or "bytes", or "json".
	Scalar Scalar
	// Elem is T of Change[T] and Event[T].
	Elem Type
	// Fields with FromInput.
	Fields []Field
	// Validate: the type (or its pointer) has a method Validate() error.
	// Input and body.
	Validate bool
}

// Payload forms in Param.Scalar with FromPayload.
const (
	PayloadJSON  Scalar = "json"
	PayloadBytes Scalar = "bytes"
)

// Field is one tagged field of an input struct.
type Field struct {
	// Path is the Go selector below the input, "Limit" or "Page.Limit" (names
	// of embedded structs are in it; Allocate lists pointers to make first).
	Path     string
	Allocate []Allocation
	From     From // path query header cookie form auth body
	// Key is the tag's name: "limit", "X-Trace"; "" for body.
	Key string
	// Type of the value (the element's for Slice, without "*" for Pointer).
	Type     Type
	Slice    bool
	Pointer  bool
	Scalar   Scalar // not for body
	Default  *string
	Required bool
	// Body fields: Raw is []byte (or string), else JSON; Validate as in Param.
	Raw      bool
	Validate bool
}

// Allocation is an embedded pointer to a struct on the way to a field.
type Allocation struct {
	Path string
	Type Type // of the struct
}

// ResultKind says what a handler returns beside an error.
type ResultKind string

// The kinds of results.
const (
	ResultNone     ResultKind = "none"
	ResultValue    ResultKind = "value"    // sent as JSON ([]byte as bytes)
	ResultResponse ResultKind = "response" // *handlerkit.Response
	ResultReply    ResultKind = "reply"    // handlerkit.Reply[T]
	ResultAny      ResultKind = "any"      // any: decided at run time
	ResultAuth     ResultKind = "auth"     // handlerkit.AuthResponse
)

// Result is what a handler returns.
type Result struct {
	Kind  ResultKind
	Error bool
	// Type of the value; for ResultReply T. Pointer and so on included. "" where
	// another package cannot name it, which calling the handler does not need.
	Type Type
}
