package state

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/chalicefile/chalicefile/internal/resource"
)

// version of the file's form. A file of a later one is not read.
const version = 1

// file is what the file of a stage holds: a record for each account and region.
type file struct {
	Version int       `json:"version"`
	Targets []*Record `json:"targets"`
}

// New is the empty record of an owner's.
func New(o resource.Owner) *Record {
	return &Record{App: o.App, Stage: o.Stage, Account: o.Account, Region: o.Region}
}

// of says whether both are of the same app, stage, account and region.
func (r *Record) of(o *Record) bool {
	return r.App == o.App && r.Stage == o.Stage && r.Account == o.Account && r.Region == o.Region
}

// Of are the recorded resources of a kind.
func (r *Record) Of(kind resource.Kind) []Resource {
	var list []Resource
	for _, x := range r.Resources {
		if x.ID.Kind == kind {
			list = append(list, x)
		}
	}
	return list
}

// Load reads the record of an owner's. Where there is none, or the file cannot
// be read, it is empty: whatever it would say is looked up in AWS. A file that
// is not understood is set aside, and the warning says where; "" is no warning.
func (s *Store) Load(o resource.Owner) (rec *Record, warning string) {
	f, err := s.read()
	if err != nil {
		warning = s.setAside(err)
	}
	empty := New(o)
	for _, t := range f.Targets {
		if t.of(empty) {
			return t, warning
		}
	}
	return empty, warning
}

// Save writes a record, and keeps those of other accounts and regions. A record
// of nothing is removed, and with the last one the file.
func (s *Store) Save(rec *Record) error {
	f, err := s.read()
	if err != nil {
		s.setAside(err)
	}
	f.Version = version
	f.Targets = slices.DeleteFunc(f.Targets, rec.of)
	if len(rec.Resources) > 0 || rec.Journal != nil {
		f.Targets = append(f.Targets, rec)
	}
	if len(f.Targets) == 0 {
		if err := os.Remove(s.Path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	slices.SortFunc(f.Targets, func(a, b *Record) int {
		return cmp.Or(cmp.Compare(a.App, b.App), cmp.Compare(a.Stage, b.Stage), cmp.Compare(a.Account, b.Account), cmp.Compare(a.Region, b.Region))
	})
	data, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return err
	}
	return write(s.Path, append(data, '\n'))
}

// read reads the file; one that is not there is empty.
func (s *Store) read() (file, error) {
	data, err := os.ReadFile(s.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return file{}, nil
	}
	if err != nil {
		return file{}, err
	}
	return parse(data)
}

func parse(data []byte) (file, error) {
	var head struct {
		Version int `json:"version"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return file{}, err
	}
	if head.Version > version {
		return file{}, fmt.Errorf("a later chalicefile wrote it: version %d, and this one knows %d", head.Version, version)
	}
	if head.Version < 1 {
		return file{}, errors.New("it has no version")
	}
	var f file
	dec := json.NewDecoder(bytes.NewReader(data))
	if err := dec.Decode(&f); err != nil {
		return file{}, err
	}
	if slices.Contains(f.Targets, nil) {
		return file{}, errors.New("a target is null")
	}
	return f, nil
}

// setAside renames the file, so that it is not lost when a new one is written.
func (s *Store) setAside(why error) string {
	var fault *fs.PathError
	if errors.As(why, &fault) {
		return fmt.Sprintf("%s cannot be read (%v): all is looked up in AWS", s.Path, fault.Err)
	}
	for n := 1; ; n++ {
		aside := s.Path + ".aside"
		if n > 1 {
			aside += "-" + strconv.Itoa(n)
		}
		if _, err := os.Lstat(aside); !errors.Is(err, fs.ErrNotExist) && n < 1000 {
			continue
		}
		if err := os.Rename(s.Path, aside); err != nil {
			return fmt.Sprintf("%s is no record of a deploy (%v): all is looked up in AWS", s.Path, why)
		}
		return fmt.Sprintf("%s is no record of a deploy (%v): it is now %s, and all is looked up in AWS", s.Path, why, filepath.Base(aside))
	}
}

// write puts a file in its place at once: who reads it sees the old or the new.
// Errors name the file, and not the one that is written beside it.
func write(path string, data []byte) error {
	err := replace(path, data)
	var fault *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &fault):
		return fmt.Errorf("%s: %w", path, fault.Err)
	case errors.As(err, &link):
		return fmt.Errorf("%s: %w", path, link.Err)
	}
	return err
}

func replace(path string, data []byte) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(dir, "."+filepath.Base(path)+"-*") // 0o600
	if err != nil {
		return err
	}
	_, err = tmp.Write(data)
	if e := tmp.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		os.Remove(tmp.Name())
	}
	return err
}
