package aws

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"sync"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// uploads sends zips to Lambda. All functions of an app have the same one; the
// SDK would write it as base64, and hash that, once for each, and hold as many
// copies. Here the zip stands first in the body, before what differs, so that
// its base64 and the hash up to there are made once.
type uploads struct {
	slots slots

	mu   sync.Mutex
	zips map[*byte]*encodedZip
}

// What stands before the base64 text in the bodies of the two operations.
const (
	createHead = `{"Code":{"ZipFile":"`
	updateHead = `{"ZipFile":"`
)

// encodedZip is a zip as the body has it.
type encodedZip struct {
	once sync.Once
	text []byte            // base64
	sums map[string][]byte // states of SHA-256 after a head and the text
	err  error
}

func (u *uploads) of(zip []byte) (*encodedZip, error) {
	u.mu.Lock()
	if u.zips == nil {
		u.zips = map[*byte]*encodedZip{}
	}
	z := u.zips[&zip[0]]
	if z == nil {
		z = &encodedZip{}
		u.zips[&zip[0]] = z
	}
	u.mu.Unlock()
	z.once.Do(func() { z.err = z.encode(zip) })
	return z, z.err
}

func (z *encodedZip) encode(zip []byte) error {
	z.text = make([]byte, base64.StdEncoding.EncodedLen(len(zip)))
	base64.StdEncoding.Encode(z.text, zip)
	z.sums = map[string][]byte{}
	for _, head := range []string{createHead, updateHead} {
		hash := sha256.New()
		hash.Write([]byte(head))
		hash.Write(z.text)
		state, err := hash.(encoding.BinaryMarshaler).MarshalBinary()
		if err != nil {
			return err
		}
		z.sums[head] = state
	}
	return nil
}

// sum is the hash of a body.
func (z *encodedZip) sum(head string, tail []byte) (string, error) {
	hash := sha256.New()
	if err := hash.(encoding.BinaryUnmarshaler).UnmarshalBinary(z.sums[head]); err != nil {
		return "", err
	}
	hash.Write(tail)
	return hex.EncodeToString(hash.Sum(nil)), nil
}

// install makes a client of Lambda send zips so.
func (u *uploads) install(stack *middleware.Stack) error {
	return errors.Join(
		stack.Initialize.Add(middleware.InitializeMiddlewareFunc("TakeZip", takeZip), middleware.After),
		stack.Serialize.Insert(middleware.SerializeMiddlewareFunc("PutZip", u.putZip), "OperationSerializer", middleware.After),
	)
}

// zipKey is where a call's zip is, between takeZip and putZip.
type zipKey struct{}

// takeZip takes the zip out of the input.
func takeZip(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
	var zip []byte
	switch input := in.Parameters.(type) {
	case *lambda.CreateFunctionInput:
		if input.Code != nil {
			zip = input.Code.ZipFile
			copied, code := *input, *input.Code
			code.ZipFile, copied.Code = nil, &code
			in.Parameters = &copied
		}
	case *lambda.UpdateFunctionCodeInput:
		zip = input.ZipFile
		copied := *input
		copied.ZipFile = nil
		in.Parameters = &copied
	}
	if len(zip) > 0 {
		ctx = middleware.WithStackValue(ctx, zipKey{}, zip)
	}
	return next.HandleInitialize(ctx, in)
}

// putZip puts it into the body that was made without it.
func (u *uploads) putZip(ctx context.Context, in middleware.SerializeInput, next middleware.SerializeHandler) (out middleware.SerializeOutput, metadata middleware.Metadata, err error) {
	zip, _ := middleware.GetStackValue(ctx, zipKey{}).([]byte)
	req, ok := in.Request.(*smithyhttp.Request)
	if len(zip) == 0 || !ok {
		return next.HandleSerialize(ctx, in)
	}
	body, err := io.ReadAll(req.GetStream())
	if err != nil {
		return out, metadata, err
	}
	_, create := in.Parameters.(*lambda.CreateFunctionInput)
	head, tail, err := around(body, create)
	if err != nil {
		return out, metadata, err
	}
	encoded, err := u.of(zip)
	if err != nil {
		return out, metadata, err
	}
	sum, err := encoded.sum(head, tail)
	if err != nil {
		return out, metadata, err
	}
	whole := pieces{[]byte(head), encoded.text, tail}
	if in.Request, err = req.SetStream(io.NewSectionReader(whole, 0, whole.size())); err != nil {
		return out, metadata, err
	}
	leave, err := u.slots.enter(ctx, len(encoded.text))
	if err != nil {
		return out, metadata, err
	}
	defer leave()
	return next.HandleSerialize(v4.SetPayloadHash(ctx, sum), in)
}

// around is what stands before and after the base64 text, given a body without.
func around(body []byte, create bool) (head string, tail []byte, err error) {
	if len(body) < 2 || body[0] != '{' || body[len(body)-1] != '}' {
		return "", nil, fmt.Errorf("the body of a call of Lambda is no JSON object: %.40q", body)
	}
	head, tail = updateHead, []byte(`"`)
	if create {
		// Quotes in names and values are escaped: it is nowhere else.
		before, after, found := bytes.Cut(body, []byte(`"Code":{}`))
		if !found {
			return "", nil, errors.New("the body of CreateFunction has no code")
		}
		head, tail = createHead, []byte(`"}`)
		if before[len(before)-1] == ',' {
			before = before[:len(before)-1]
		} else {
			after = bytes.TrimPrefix(after, []byte(","))
		}
		body = append(before[:len(before):len(before)], after...)
	}
	if len(body) > len("{}") {
		tail = append(tail, ',')
	}
	return head, append(tail, body[1:]...), nil
}

// pieces are read one after the other.
type pieces [][]byte

func (p pieces) size() (n int64) {
	for _, piece := range p {
		n += int64(len(piece))
	}
	return n
}

// ReadAt implements io.ReaderAt.
func (p pieces) ReadAt(b []byte, at int64) (n int, err error) {
	for _, piece := range p {
		if at < int64(len(piece)) {
			read := copy(b[n:], piece[at:])
			n, at = n+read, 0
			if n == len(b) {
				return n, nil
			}
			continue
		}
		at -= int64(len(piece))
	}
	return n, io.EOF
}
