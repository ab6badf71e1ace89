package aws

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"strings"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/ec2rolecreds"
	"github.com/aws/aws-sdk-go-v2/credentials/ssocreds"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/middleware"

	"github.com/chalicefile/chalicefile/deployer"
)

// Options say which credentials, region and endpoint are meant, beside what the
// environment and the shared configuration say.
type Options struct {
	Profile, Region string
	// ConnectionTimeout is how long a connection may take to come about, a call to
	// be answered, and the answer to stand still; 0 means 60 s.
	ConnectionTimeout time.Duration
	// MaxConnections to one host; 0 means 64.
	MaxConnections int
	// Debug is told of every call, when it has been answered: its name, the
	// status or the error's code, the request id. Nil is fine.
	Debug func(call string)
}

// metadataLimit is how long the metadata service of EC2 may take to answer: on
// an instance it takes milliseconds, elsewhere nobody answers at all.
const metadataLimit = 1500 * time.Millisecond

// Config finds credentials and region as every tool of AWS does. The error is
// one sentence that says what is missing and how to get it.
func Config(ctx context.Context, o Options) (awssdk.Config, error) {
	cfg, err := config.LoadDefaultConfig(ctx,
		config.WithSharedConfigProfile(o.Profile), config.WithRegion(o.Region), config.WithHTTPClient(httpClient(o)),
		config.WithAPIOptions([]func(*middleware.Stack) error{watching(o.timeout())}),
		config.WithLogger(logging.Nop{})) // what it warns of comes back as an error
	if err != nil {
		return cfg, configFailure(err)
	}
	if cfg.Region == "" {
		return cfg, &deployer.Failure{
			Message: "no region is set", Hint: "use --region, set AWS_REGION, or give the profile one with `aws configure`",
		}
	}
	if awssdk.IsCredentialsProvider(cfg.Credentials, (*ec2rolecreds.Provider)(nil)) {
		limited, cancel := context.WithTimeout(ctx, metadataLimit)
		defer cancel()
		if _, err := cfg.Credentials.Retrieve(limited); err != nil {
			if ctx.Err() != nil {
				return cfg, ctx.Err()
			}
			return cfg, noCredentials(err)
		}
	}
	if o.Debug != nil {
		cfg.APIOptions = append(cfg.APIOptions, debugging(o.Debug))
	}
	return cfg, nil
}

// timeout is ConnectionTimeout or what it means.
func (o Options) timeout() time.Duration {
	if o.ConnectionTimeout <= 0 {
		return time.Minute
	}
	return o.ConnectionTimeout
}

// httpClient is the one of all services. It waits for a connection, and for the
// beginning of an answer, only so long, and keeps enough connections where all
// services are behind one host.
func httpClient(o Options) *awshttp.BuildableClient {
	timeout, connections := o.timeout(), o.MaxConnections
	if connections <= 0 {
		connections = 64
	}
	client := awshttp.NewBuildableClient()
	dialer := client.GetDialer()
	dialer.Timeout = min(dialer.Timeout, timeout)
	return client.WithTransportOptions(func(t *http.Transport) {
		// What is uploaded waits in the network's buffers, and is slow in bursts.
		t.DialContext = dial(dialer, max(timeout, time.Minute))
		t.TLSHandshakeTimeout = min(t.TLSHandshakeTimeout, timeout)
		t.ResponseHeaderTimeout = timeout
		t.MaxConnsPerHost, t.MaxIdleConnsPerHost = connections, connections
	})
}

// configFailure says in one sentence what is wrong with the shared
// configuration.
func configFailure(err error) error {
	f := &deployer.Failure{Class: deployer.ClassCredentials, Err: err}
	var missing config.SharedConfigProfileNotExistError
	var role config.SharedConfigAssumeRoleError
	var load config.SharedConfigLoadError
	var file *fs.PathError
	var code config.AssumeRoleTokenProviderNotSetError
	switch {
	case errors.As(err, &code):
		f.Message = "the profile takes on a role with a code of MFA, which cannot be asked for here"
		f.Hint = "run `eval \"$(aws configure export-credentials --format env --profile NAME)\"`, and the command again without the profile"
	case errors.As(err, &missing):
		f.Message = "there is no profile " + quoted(missing.Profile) + " in the files of AWS"
		f.Hint = "`aws configure list-profiles` lists those that there are, `aws configure --profile " + missing.Profile + "` makes it"
	case errors.As(err, &role):
		f.Message = "the profile " + quoted(role.Profile) + " takes on the role " + role.RoleARN + " from credentials that are not complete"
		f.Hint = "see its source_profile or credential_source in ~/.aws/config"
	case errors.As(err, &load):
		f.Message = "cannot read " + load.Filename + ": " + deepest(load.Err).Error()
	case errors.As(err, &file):
		f.Message = "cannot read " + file.Path + ": " + file.Err.Error()
		f.Hint = "AWS_CA_BUNDLE, or ca_bundle of the profile, names it"
	case strings.Contains(err.Error(), "CA bundle"):
		f.Message = "the file of AWS_CA_BUNDLE has no certificates in it"
	default:
		f.Message = "the configuration of AWS cannot be used: " + oneLine(deepest(err).Error())
	}
	return f
}

// noCredentials is the failure where there are none at all.
func noCredentials(err error) *deployer.Failure {
	return &deployer.Failure{Class: deployer.ClassCredentials, Err: err,
		Message: "there are no AWS credentials",
		Hint:    "run `aws configure`, or `aws sso login --profile NAME` and use --profile NAME, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
	}
}

// isCredentials says whether there was no call, because there were no
// credentials to sign it with.
func isCredentials(err error) bool {
	return err != nil && (strings.Contains(err.Error(), "get identity: ") || strings.Contains(err.Error(), "failed to refresh cached credentials"))
}

// credentialsFailure says what is wrong with credentials that could not be had,
// and what to do.
func credentialsFailure(err error) (message, hint string) {
	text := err.Error()
	var token *ssocreds.InvalidTokenError
	var api smithy.APIError
	var network deployer.Failure
	switch {
	case errors.As(err, &token), strings.Contains(text, "cached SSO token"), strings.Contains(text, "refresh SSO token"), strings.Contains(text, "SSO session"):
		return "the session of AWS SSO has expired, or there is none", "run `aws sso login`, with --profile NAME for a profile"
	case strings.Contains(text, "EC2 IMDS"), strings.Contains(text, "static credentials are empty"):
		none := noCredentials(err)
		return none.Message, none.Hint
	case strings.Contains(text, "please reauthenticate"):
		return "the session of `aws login` has expired, or there is none", "run `aws login`, with --profile NAME for a profile"
	case unreachable(&network, err):
		return "the AWS credentials cannot be had: " + network.Message, network.Hint
	case strings.Contains(text, "operation error STS: AssumeRole"):
		message = "the role of the profile cannot be assumed"
		hint = "its trust policy must allow the credentials of source_profile"
	case strings.Contains(text, "process provider error"):
		message = "the credential_process of the profile failed"
		hint = "run it by hand: it says why"
	default:
		message = "the AWS credentials cannot be had"
		hint = "`aws sts get-caller-identity` tells more"
	}
	if errors.As(err, &api) {
		return message + ": " + api.ErrorCode() + ": " + oneLine(api.ErrorMessage()), hint
	}
	return message + ": " + oneLine(deepest(err).Error()), hint
}

func quoted(s string) string { return `"` + s + `"` }

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// debugging tells of every attempt, without headers and bodies.
func debugging(tell func(string)) func(*middleware.Stack) error {
	return func(stack *middleware.Stack) error {
		return stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("ChalicefileDebug",
			func(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (middleware.DeserializeOutput, middleware.Metadata, error) {
				out, metadata, err := next.HandleDeserialize(ctx, in)
				call := actionOf(awsmiddleware.GetServiceID(ctx), awsmiddleware.GetOperationName(ctx))
				id, _ := awsmiddleware.GetRequestIDMetadata(metadata)
				var api smithy.APIError
				switch {
				case errors.As(err, &api):
					call += " " + api.ErrorCode()
				case err != nil:
					call += " no answer"
				default:
					call += " ok"
				}
				if id != "" {
					call += " " + id
				}
				tell(call)
				return out, metadata, err
			}), middleware.Before)
	}
}
