package gateway

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"io"
	"strings"

	"github.com/chalicefile/chalicefile/internal/local/http1"
)

// compress packs an answer from minimum_compression_size on, where the client
// takes gzip and the function did not pack it itself.
func (x *exchange) compress() {
	if x.g.compress < 0 || len(x.ans.Body) < x.g.compress || len(x.ans.Body) == 0 || !takesGzip(x.req.Get("Accept-Encoding")) {
		return
	}
	for _, f := range x.ans.Fields {
		if http1.EqualFold(f.Name, "Content-Encoding") {
			return
		}
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, err := w.Write(x.ans.Body)
	if err == nil {
		err = w.Close()
	}
	if err != nil { // memory does not fail
		return
	}
	x.ans.Body = packed.Bytes()
	x.add("Content-Encoding", "gzip")
}

// takesGzip reads an Accept-Encoding.
func takesGzip(accept string) bool {
	for part := range strings.SplitSeq(accept, ",") {
		coding, quality, weighted := strings.Cut(part, ";")
		coding = strings.TrimSpace(coding)
		if !strings.EqualFold(coding, "gzip") && coding != "*" {
			continue
		}
		value, ok := strings.CutPrefix(strings.TrimSpace(quality), "q=")
		return !weighted || !ok || strings.Trim(value, "0.") != ""
	}
	return false
}

// decompress unpacks a request's body, which API Gateway does only where
// minimum_compression_size is set.
func (x *exchange) decompress() bool {
	if x.g.compress < 0 || len(x.body) == 0 {
		return true
	}
	i := -1
	for j, f := range x.headers {
		if http1.EqualFold(f.Name, "Content-Encoding") {
			i = j
		}
	}
	if i < 0 {
		return true
	}
	body, known, err := unpack(x.headers[i].Value, x.body)
	switch {
	case !known:
		return true
	case err != nil:
		x.refuse(badRequest, "the body is not what its Content-Encoding says: "+err.Error())
		return false
	case len(body) > MaxBody:
		x.refuse(contentTooLong, "the body unpacked exceeds 10 MB")
		return false
	}
	x.body = body
	x.headers = append(x.headers[:i], x.headers[i+1:]...)
	return true
}

// unpack undoes a coding; known is false where it is not one of API Gateway's.
func unpack(coding string, body []byte) (unpacked []byte, known bool, err error) {
	var r io.Reader
	switch {
	case http1.EqualFold(coding, "gzip"):
		if r, err = gzip.NewReader(bytes.NewReader(body)); err != nil {
			return nil, true, err
		}
	case http1.EqualFold(coding, "deflate"):
		r = flate.NewReader(bytes.NewReader(body))
	default:
		return nil, false, nil
	}
	unpacked, err = io.ReadAll(io.LimitReader(r, MaxBody+1))
	return unpacked, true, err
}
