package aws

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"

	"github.com/aws/smithy-go"

	"github.com/chalicefile/chalicefile/deployer"
)

// unanswered is a failure on the way to AWS or back.
func unanswered(f *deployer.Failure, err error) {
	var garbled *smithy.DeserializationError
	switch fault := faultOf(err); {
	case misconfigured(f, err), unreachable(f, err):
	case fault == final && statusOf(err) >= http.StatusBadRequest: // a page for people
		unexplained(f, statusOf(err))
		f.Class = deployer.ClassOther // it does not say that there is no such thing
	case fault == final && errors.As(err, &garbled):
		f.Message = "the answer cannot be read: " + deepest(err).Error()
		f.Hint = "is the endpoint AWS, or an emulator of it?"
	case fault == lost:
		f.Class = deployer.ClassLost
		f.Message = "the answer did not arrive: " + deepest(err).Error()
		if status := statusOf(err); status >= http.StatusInternalServerError {
			f.Message = "the answer was " + http.StatusText(status)
		}
	}
}

// unreachable says why no connection comes about; it is false where that is not
// what is wrong.
func unreachable(f *deployer.Failure, err error) bool {
	var dns *net.DNSError
	var dial *net.OpError
	switch {
	case isCertificate(err):
		f.Message = "the certificate of the endpoint is not to be trusted: " + deepest(err).Error()
		f.Hint = "set AWS_CA_BUNDLE to the file of certificates that your network or emulator uses"
	case isPlain(err):
		f.Message = "the endpoint answers, but not over TLS"
		f.Hint = "should AWS_ENDPOINT_URL, or HTTPS_PROXY, begin with http://?"
	case errors.As(err, &dial) && dial.Op == "proxyconnect":
		f.Message = "no connection to the proxy: " + oneLine(dial.Err.Error())
		f.Hint = "check HTTPS_PROXY and HTTP_PROXY; hosts in NO_PROXY are reached without"
	case errors.As(err, &dns):
		f.Message = "there is no host " + dns.Name
		f.Hint = "check the network, the region, and AWS_ENDPOINT_URL"
	case errors.As(err, &dial) && dial.Op == "dial":
		f.Message = "no connection to " + addressOf(dial) + ": " + deepest(err).Error()
		f.Hint = "check the network, and AWS_ENDPOINT_URL where an emulator is meant"
	default:
		return false
	}
	return true
}

// misconfigured says what is wrong where the SDK did not know whom to ask; it is
// false where that is not what is wrong.
func misconfigured(f *deployer.Failure, err error) bool {
	text := err.Error()
	if _, region, ok := strings.Cut(text, "invalid input region "); ok {
		f.Message = quoted(region) + " is no region"
		f.Hint = "use --region, set AWS_REGION, or correct the profile's"
		return true
	}
	if strings.Contains(text, "Failed to parse uri: ") || isNoURL(err) {
		f.Message = "the URL of the endpoint is none"
		f.Hint = "AWS_ENDPOINT_URL, or endpoint_url of the profile, begins with http:// or https://"
		return true
	}
	return false
}

// isNoURL says whether an endpoint has no scheme: that of "localhost:4566" reads
// as "localhost".
func isNoURL(err error) bool {
	return err != nil && strings.Contains(err.Error(), "unsupported protocol scheme")
}

// unknownCode is the SDK's code for an answer that names none.
const unknownCode = "UnknownError"

// unexplained is the failure of an answer with a status and no word of AWS: of a
// proxy, or of something else that listens there.
func unexplained(f *deployer.Failure, status int) {
	f.Message = strings.TrimSpace(fmt.Sprintf("the answer was %d %s, and nothing of AWS in it", status, http.StatusText(status)))
	f.Hint = "is the endpoint AWS, or an emulator of it, or is there a proxy in between?"
	f.Class = classOf("", "", status)
}

func addressOf(e *net.OpError) string {
	if e.Addr == nil {
		return "the endpoint"
	}
	return e.Addr.String()
}

// isCertificate says whether an endpoint's certificate was refused.
func isCertificate(err error) bool {
	var certificate *tls.CertificateVerificationError
	return errors.As(err, &certificate)
}

// isPlain says whether an endpoint, or a proxy, does not speak TLS.
func isPlain(err error) bool {
	var record tls.RecordHeaderError
	return errors.As(err, &record) || err != nil && strings.Contains(err.Error(), "server gave HTTP response to HTTPS client")
}

// isTimeout says whether AWS took too long.
func isTimeout(err error) bool {
	var network net.Error
	return errors.As(err, &network) && network.Timeout()
}
