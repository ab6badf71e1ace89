package gateway

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"

	"github.com/chalicefile/chalicefile/internal/local/http1"
)

// ServeHTTP answers a request of net/http by a handler of http1.
func ServeHTTP(serve http1.Handler, w http.ResponseWriter, r *http.Request) {
	req := &http1.Request{Remote: remote(r.RemoteAddr)}
	req.Method, req.Target, req.Minor = r.Method, r.RequestURI, r.ProtoMinor
	if req.Target == "" { // a request that never was on a wire
		req.Target = r.URL.RequestURI()
	}
	if r.Host != "" {
		req.Fields = append(req.Fields, http1.Field{Name: "Host", Value: r.Host})
	}
	for _, name := range sortedNames(r.Header) {
		for _, value := range r.Header[name] {
			req.Fields = append(req.Fields, http1.Field{Name: name, Value: value})
		}
	}
	if r.Body != nil {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
		var tooLarge *http.MaxBytesError
		if req.TooLarge = errors.As(err, &tooLarge); err != nil && !req.TooLarge {
			return // the client is gone
		}
		if !req.TooLarge {
			req.Body = body
		}
	}
	var ans http1.Answer
	serve(req, &ans)
	// net/http guesses a content type where it finds none of this spelling.
	w.Header()["Content-Type"] = nil
	for _, f := range ans.Fields {
		name := f.Name
		if http1.EqualFold(name, "Content-Type") {
			name = "Content-Type"
		}
		// Else spelled as the function did, which Header.Add would not keep.
		w.Header()[name] = append(w.Header()[name], f.Value)
	}
	w.WriteHeader(ans.Status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(ans.Body) // refused where the status forbids it
	}
}

func sortedNames(h http.Header) []string {
	names := make([]string, 0, len(h))
	for name := range h {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func remote(address string) net.Addr {
	if ap, err := netip.ParseAddrPort(address); err == nil {
		return net.TCPAddrFromAddrPort(ap)
	}
	return nil
}
