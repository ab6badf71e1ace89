package state

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chalicefile/chalicefile/internal/resource"
)

var here = resource.Owner{App: "shop", Stage: "dev", Region: "us-west-2", Account: "1"}

func record(o resource.Owner) *Record {
	r := New(o)
	r.Resources = []Resource{{ID: resource.ID{Kind: resource.KindLogGroup, Name: "/aws/lambda/shop-dev"}}, {ID: resource.FunctionID("shop-dev"), Attributes: map[string]string{"arn": "a"}}}
	r.Journal = &Journal{Run: "7", Lock: 1, Target: "deploy", Started: time.Unix(1, 0).UTC(), Steps: []Step{{ID: resource.FunctionID("shop-dev"), Op: "create", Status: "done"}}}
	return r
}

func TestStoreKeepsEveryTarget(t *testing.T) {
	s := &Store{Path: filepath.Join(t.TempDir(), "deployed", "dev.json")}
	if r, warning := s.Load(here); warning != "" || !reflect.DeepEqual(r, New(here)) {
		t.Fatal(r, warning)
	}
	there := here
	there.Region = "eu-west-1"
	for _, o := range []resource.Owner{here, there} {
		if err := s.Save(record(o)); err != nil {
			t.Fatal(err)
		}
	}
	for _, o := range []resource.Owner{here, there} {
		if r, warning := s.Load(o); warning != "" || !reflect.DeepEqual(r, record(o)) {
			t.Errorf("%+v, %s", r, warning)
		}
	}
	if r, _ := s.Load(here); len(r.Of(resource.KindFunction)) != 1 || len(r.Of(resource.KindRole)) != 0 {
		t.Error(r)
	}
	if info, err := os.Stat(s.Path); err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info.Mode(), err)
	}
	// A record of nothing is none, and no record is no file.
	for _, o := range []resource.Owner{here, there} {
		if err := s.Save(New(o)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Save(New(here)); err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(filepath.Dir(s.Path)); len(left) != 0 {
		t.Error(left)
	}
}

func TestStoreSetsAside(t *testing.T) {
	for _, text := range []string{"", "{", "[]", "{}", `{"version": 2}`, `{"version": 1, "targets": [null]}`, `{"version": 1, "targets": [{"resources": [{"id": "x"}]}]}`, "\x00"} {
		s := &Store{Path: filepath.Join(t.TempDir(), "dev.json")}
		for i, aside := range []string{"dev.json.aside", "dev.json.aside-2"} {
			if err := os.WriteFile(s.Path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			r, warning := s.Load(here)
			if !reflect.DeepEqual(r, New(here)) || !strings.Contains(warning, "it is now "+aside+",") || !strings.Contains(warning, "looked up in AWS") {
				t.Errorf("%q, %d: %+v, %s", text, i, r, warning)
			}
			if got, err := os.ReadFile(filepath.Join(filepath.Dir(s.Path), aside)); err != nil || string(got) != text {
				t.Errorf("%q: %q, %v", text, got, err)
			}
		}
		if err := s.Save(record(here)); err != nil {
			t.Fatal(err)
		}
		if r, warning := s.Load(here); warning != "" || !reflect.DeepEqual(r, record(here)) {
			t.Error(r, warning)
		}
	}
	s := &Store{Path: t.TempDir()} // a directory
	if r, warning := s.Load(here); !strings.Contains(warning, "cannot be read") || len(r.Resources) > 0 {
		t.Error(r, warning)
	}
	if err := s.Save(record(here)); err == nil || !strings.HasPrefix(err.Error(), s.Path+": ") {
		t.Error("a directory was replaced:", err)
	}
}

// TestStoreSavesAtOnce reads while it is written: there is always a whole file.
func TestStoreSavesAtOnce(t *testing.T) {
	s := &Store{Path: filepath.Join(t.TempDir(), "dev.json")}
	if err := s.Save(record(here)); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			for range 50 {
				if err := s.Save(record(here)); err != nil {
					t.Error(err)
				}
			}
		})
		all.Go(func() {
			for range 50 {
				if r, warning := s.Load(here); warning != "" || r.Journal == nil {
					t.Error(warning)
				}
			}
		})
	}
	all.Wait()
	if left, _ := os.ReadDir(filepath.Dir(s.Path)); len(left) != 1 {
		t.Error(left)
	}
}

// FuzzLoad: no file is an error, none is lost, and what is loaded can be saved
// and loaded again.
func FuzzLoad(f *testing.F) {
	s := &Store{Path: filepath.Join(f.TempDir(), "dev.json")}
	if err := s.Save(record(here)); err != nil {
		f.Fatal(err)
	}
	whole, err := os.ReadFile(s.Path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add(bytes.ReplaceAll(whole, []byte(`"version": 1`), []byte(`"version": 99999999999999999999`)))
	f.Add([]byte(`{"version": 1, "targets": [{"app": "shop", "stage": "dev", "account": "1", "region": "us-west-2", "resources": null, "journal": {}}]}`))
	f.Add([]byte("null"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s := &Store{Path: filepath.Join(t.TempDir(), "dev.json")}
		if err := os.WriteFile(s.Path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		r, warning := s.Load(here)
		if r == nil || r.App != here.App || r.Region != here.Region {
			t.Fatalf("%+v", r)
		}
		if warning != "" {
			if aside, err := os.ReadFile(s.Path + ".aside"); err != nil || !bytes.Equal(aside, data) {
				t.Fatalf("lost: %q, %v", aside, err)
			}
		}
		if err := s.Save(r); err != nil {
			t.Fatal(err)
		}
		again, warning := s.Load(here)
		if warning != "" || len(again.Resources) != len(r.Resources) || (again.Journal == nil) != (r.Journal == nil) {
			t.Fatalf("%+v, %s", again, warning)
		}
		if _, err := os.Stat(s.Path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
	})
}
