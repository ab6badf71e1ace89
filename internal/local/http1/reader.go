package http1

import (
	"bytes"
	"errors"
	"io"
	"slices"
)

// Reader reads requests off a connection, one after the other.
type Reader struct {
	from io.Reader
	buf  []byte
	r, w int // buf[r:w] is read and not yet used
}

// NewReader makes a reader with a buffer of its own.
func NewReader(from io.Reader) *Reader {
	return &Reader{from: from, buf: make([]byte, 4<<10)}
}

// Reset makes the reader read from another connection.
func (r *Reader) Reset(from io.Reader) { r.from, r.r, r.w = from, 0, 0 }

// Buffered is the number of bytes that have been read and not yet used.
func (r *Reader) Buffered() int { return r.w - r.r }

// Wait blocks until there is something to read, or reading fails.
func (r *Reader) Wait() error {
	if r.r < r.w {
		return nil
	}
	return r.fill()
}

// fill reads more, making room first; it fails when the buffer would exceed a
// head's limit.
func (r *Reader) fill() error {
	if r.r == r.w {
		r.r, r.w = 0, 0
	}
	if r.w == len(r.buf) {
		if r.r > 0 {
			r.w = copy(r.buf, r.buf[r.r:r.w])
			r.r = 0
		} else if len(r.buf) >= maxHead {
			return &Error{431, "the head is too large"}
		} else {
			r.buf = append(r.buf, make([]byte, len(r.buf))...)
		}
	}
	for range 100 {
		n, err := r.from.Read(r.buf[r.w:])
		r.w += n
		if n > 0 {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return io.ErrNoProgress
}

// ReadHead reads the head of the next request. It returns io.EOF where the
// connection ended before its first byte.
func (r *Reader) ReadHead(h *Head) error {
	if err := r.skipEmptyLines(); err != nil {
		return err
	}
	scanned := 0
	for {
		text, size := r.head(scanned)
		if size > 0 {
			r.r += size
			return parseHead(text, h)
		}
		scanned = max(0, r.w-r.r-3)
		if err := r.fill(); err != nil {
			return unexpected(err)
		}
	}
}

// skipEmptyLines drops what some clients send after a body.
func (r *Reader) skipEmptyLines() error {
	for range 16 {
		if err := r.Wait(); err != nil {
			return err
		}
		if c := r.buf[r.r]; c != '\r' && c != '\n' {
			return nil
		}
		r.r++
	}
	return malformed("empty lines in place of a request")
}

// head finds a complete head; size 0 means that there is none yet.
func (r *Reader) head(scanned int) (text string, size int) {
	data := r.buf[r.r:r.w]
	for i := scanned; ; {
		n := bytes.IndexByte(data[i:], '\n')
		if n < 0 {
			return "", 0
		}
		i += n + 1
		end := i
		if end < len(data) && data[end] == '\r' {
			end++
		}
		if end < len(data) && data[end] == '\n' {
			return string(data[:i]), end + 1
		}
	}
}

// ReadBody appends the body to dst. A body over limit gives ErrBodyTooLarge; the
// connection is then of no further use.
func (r *Reader) ReadBody(h *Head, dst []byte, limit int64) ([]byte, []Field, error) {
	if h.chunked {
		return r.readChunks(dst, limit)
	}
	if h.length > limit {
		return dst, nil, ErrBodyTooLarge
	}
	dst, err := r.read(dst, h.length)
	return dst, nil, err
}

// read appends exactly n bytes. Memory grows with what has come, not with what
// was announced.
func (r *Reader) read(dst []byte, n int64) ([]byte, error) {
	take := min(int64(r.w-r.r), n)
	dst = append(dst, r.buf[r.r:r.r+int(take)]...)
	r.r += int(take)
	for n -= take; n > 0; {
		step := int(min(n, max(int64(len(dst)), 32<<10)))
		dst = slices.Grow(dst, step)
		got, err := io.ReadFull(r.from, dst[len(dst):len(dst)+step])
		dst = dst[:len(dst)+got]
		if err != nil {
			return dst, unexpected(err)
		}
		n -= int64(got)
	}
	return dst, nil
}

func (r *Reader) readChunks(dst []byte, limit int64) ([]byte, []Field, error) {
	for {
		line, err := r.readLine()
		if err != nil {
			return dst, nil, err
		}
		size, ok := parseChunkSize(line)
		if !ok {
			return dst, nil, malformed("a chunk has no size")
		}
		if size == 0 {
			trailer, err := r.readTrailer()
			return dst, trailer, err
		}
		if limit -= size; limit < 0 {
			return dst, nil, ErrBodyTooLarge
		}
		if dst, err = r.read(dst, size); err != nil {
			return dst, nil, err
		}
		if line, err = r.readLine(); err != nil {
			return dst, nil, err
		} else if line != "" {
			return dst, nil, malformed("a chunk is longer than its size")
		}
	}
}

// readLine reads a line without its end.
func (r *Reader) readLine() (string, error) {
	for {
		if i := bytes.IndexByte(r.buf[r.r:r.w], '\n'); i >= 0 {
			line := bytes.TrimSuffix(r.buf[r.r:r.r+i], []byte("\r"))
			r.r += i + 1
			return string(line), nil
		}
		if r.w-r.r > maxLine {
			return "", malformed("a line of a chunked body is too long")
		}
		if err := r.fill(); err != nil {
			return "", unexpected(err)
		}
	}
}

func (r *Reader) readTrailer() (trailer []Field, err error) {
	for range maxFields {
		line, err := r.readLine()
		if err != nil || line == "" {
			return trailer, err
		}
		f, err := parseField(line)
		if err != nil {
			return nil, err
		}
		trailer = append(trailer, f)
	}
	return nil, malformed("too many trailer fields")
}

// parseChunkSize reads the hexadecimal size before any extension.
func parseChunkSize(line string) (int64, bool) {
	var n int64
	i := 0
	for ; i < len(line); i++ {
		digit, ok := hex(line[i])
		if !ok {
			break
		}
		if i == 15 {
			return 0, false
		}
		n = n<<4 | int64(digit)
	}
	if i == 0 {
		return 0, false
	}
	for i < len(line) && (line[i] == ' ' || line[i] == '\t') {
		i++
	}
	return n, i == len(line) || line[i] == ';'
}

func hex(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
