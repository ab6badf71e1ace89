package yamltree

import "github.com/chalicefile/chalicefile/loader/diag"

// Format lays a Chalicefile out.
func Format(name string, src []byte) ([]byte, diag.List) { return src, diag.List{} }

// ComposeOptions say where the root file is and what interpolation knows.
type ComposeOptions struct {
	Dir, File       string
	ReadFile        func(string) ([]byte, error)
	LookupEnv       func(string) (string, bool)
	Region, Account string
	Kinds           []string
}

// Composition is a Chalicefile with its includes.
type Composition struct {
	Root     *Node
	RootFile *File
	Includes []*IncludedFile
	Stages   []string
	Files    []*File
	Paths    []string
}

// IncludedFile is one include.
type IncludedFile struct {
	Node                                *Node
	File                                *File
	Dir, Package, URLPrefix, NamePrefix string
	At                                  *Node
}

// Compose parses the root and its includes.
func Compose(o ComposeOptions) (*Composition, diag.List) { return &Composition{}, diag.List{} }

// Stage merges.
func (c *Composition) Stage(app, name string, asked bool) (*Node, diag.List) {
	return nil, diag.List{}
}

// FileContext is where a file's handler references are looked up.
func (c *Composition) FileContext(f *File) (dir, pkg string) { return ".", "." }
