package gateway

import (
	"encoding/base64"
	"encoding/hex"
	"math/rand/v2"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/chalicefile/chalicefile/internal/local/http1"
	"github.com/chalicefile/chalicefile/router"
)

// exchange is one request on its way to its answer.
type exchange struct {
	g     *Gateway
	req   *http1.Request
	ans   *http1.Answer
	start time.Time
	// id is the request's, extended API Gateway's own second one, trace that of
	// X-Ray.
	id, extended, trace string
	// path and query as sent.
	path, query string
	route       *route
	params      router.Params

	// headers and parameters as the event shows them.
	headers    []http1.Field
	parameters []http1.Field
	remote     string
	body       []byte

	// authorizer is the JSON of requestContext.authorizer, apiKey the key that let
	// the request in, signer who signed it.
	authorizer []byte
	apiKey     string
	signer     string

	// function and hint are for the log.
	function, hint string
	// quiet says that the log has no line for this request.
	quiet bool
	event []byte
}

var exchanges = sync.Pool{New: func() any { return new(exchange) }}

func newExchange(g *Gateway, req *http1.Request, ans *http1.Answer) *exchange {
	x := exchanges.Get().(*exchange)
	*x = exchange{
		g: g, req: req, ans: ans, start: g.now(), body: req.Body,
		headers: x.headers[:0], parameters: x.parameters[:0], event: x.event[:0],
	}
	x.identify()
	x.split()
	return x
}

// end writes the log and keeps what can be used again.
func (x *exchange) end() {
	if !x.quiet {
		x.g.log.request(x.req.Method, x.req.Target, x.ans.Status, x.g.now().Sub(x.start), x.function, x.hint)
	}
	if cap(x.event) > 1<<20 {
		x.event = nil
	}
	headers, parameters := x.headers, x.parameters
	clear(headers)
	clear(parameters)
	*x = exchange{headers: headers, parameters: parameters, event: x.event}
	exchanges.Put(x)
}

// identify makes the ids of the request, in one string.
func (x *exchange) identify() {
	var random [40]byte
	for i := 0; i < len(random); i += 8 {
		n := rand.Uint64()
		for j := range 8 {
			random[i+j] = byte(n >> (8 * j))
		}
	}
	b := make([]byte, 0, 36+16+35)
	id := random[:16]
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	for i, part := range [][]byte{id[:4], id[4:6], id[6:8], id[8:10], id[10:16]} {
		if i > 0 {
			b = append(b, '-')
		}
		b = hex.AppendEncode(b, part)
	}
	b = base64.URLEncoding.AppendEncode(b, random[16:27])
	b = append(b, "Root=1-"...)
	seconds := uint32(x.start.Unix())
	b = hex.AppendEncode(b, []byte{byte(seconds >> 24), byte(seconds >> 16), byte(seconds >> 8), byte(seconds)})
	b = append(b, '-')
	b = hex.AppendEncode(b, random[27:39])
	text := string(b)
	x.id, x.extended, x.trace = text[:36], text[36:52], text[52:]
}

// split takes the target apart; proxies send it with a host.
func (x *exchange) split() {
	target := x.req.Target
	if !strings.HasPrefix(target, "/") {
		if _, rest, ok := strings.Cut(target, "://"); ok {
			i := strings.IndexAny(rest, "/?")
			if i < 0 {
				i = len(rest)
			}
			target = rest[i:]
		}
	}
	target, _, _ = strings.Cut(target, "#")
	x.path, x.query, _ = strings.Cut(target, "?")
	if x.path == "" {
		x.path = "/"
	}
}

// sourceIP is the client's address.
func (x *exchange) sourceIP() string {
	if x.remote != "" {
		return x.remote
	}
	x.remote = "127.0.0.1"
	if tcp, ok := x.req.Remote.(*net.TCPAddr); ok {
		if address, ok := netip.AddrFromSlice(tcp.IP); ok && !address.IsLoopback() {
			x.remote = address.Unmap().String()
		}
	}
	return x.remote
}

// add adds a field to the answer.
func (x *exchange) add(name, value string) { x.ans.Add(name, value) }

// mark adds the fields that every answer of API Gateway has.
func (x *exchange) mark() {
	x.add("x-amzn-RequestId", x.id)
	x.add("x-amz-apigw-id", x.extended)
}

// refuse answers in API Gateway's own words; the hint is for the log.
func (x *exchange) refuse(r refusal, hint string) {
	x.hint = hint
	x.ans.Status = r.status
	x.ans.Body = []byte(r.body)
	if r.text {
		x.add("Content-Type", "text/plain; charset=utf-8")
	} else {
		x.add("Content-Type", "application/json")
	}
	x.mark()
	x.add("x-amzn-ErrorType", r.kind)
	x.ans.Fields = append(x.ans.Fields, x.g.cors...)
}
