package deployer

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
)

// fileLock is the lock of a stage on this machine. The file stays: who waits
// for it may have opened it already.
type fileLock struct{ file *os.File }

// errBusy says that another run has the file.
var errBusy = errors.New("locked")

// lockFile locks a file and writes who holds it; busy is who does where it is
// another.
func lockFile(path string, h Holder) (l *fileLock, busy *Holder, err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, nil, err
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, nil, err
	}
	switch err := lockHandle(file); {
	case errors.Is(err, errBusy):
		defer file.Close()
		// Where it is not written yet, or being written, nobody knows who.
		other := Holder{ID: "file", Who: "another run on this machine", Since: h.Since}
		if data, err := io.ReadAll(io.LimitReader(file, 1<<16)); err == nil {
			var told Holder
			if json.Unmarshal(data, &told) == nil && told.ID != "" {
				other = told
			}
		}
		return nil, &other, nil
	case err != nil:
		file.Close()
		return nil, nil, err
	}
	data, err := json.Marshal(h)
	if err == nil {
		if err = file.Truncate(0); err == nil {
			_, err = file.WriteAt(append(data, '\n'), 0)
		}
	}
	return &fileLock{file}, nil, err
}

// release lets go of the file; of none it does nothing.
func (l *fileLock) release() {
	if l == nil || l.file == nil {
		return
	}
	_ = l.file.Truncate(0) // nobody holds it; closing says so too
	l.file.Close()
	l.file = nil
}
