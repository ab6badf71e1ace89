package yamltree

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chalicefile/chalicefile/loader/diag"
)

// maxIncludes bounds what files that include each other several times make.
const maxIncludes = 500

// ComposeOptions say where the root file is and what interpolation knows.
type ComposeOptions struct {
	// Dir is the directory of the root file, absolute; File its name, ""
	// means Chalicefile.yaml.
	Dir, File string
	// ReadFile reads a file by absolute path; nil means os.ReadFile.
	ReadFile func(string) ([]byte, error)
	// LookupEnv finds ${env.NAME}; nil means that nothing is set.
	LookupEnv func(string) (string, bool)
	// Region and Account are what ${region} and ${account} become.
	Region, Account string
	// Kinds are the keys of an entry of events of which an overlay's replaces
	// the others; nil means those that the format started with.
	Kinds []string
}

// Composition is a Chalicefile with its includes, before a stage is chosen.
type Composition struct {
	// Root is the root file as written, nil if it could not be read.
	Root     *Node
	RootFile *File
	// Includes are the included files in the order in which they are met, a
	// file once for each time it is included.
	Includes []*IncludedFile
	// Stages are the names of the overlays in the order of the file.
	Stages []string
	// Files are all files, the root first.
	Files []*File
	// Paths are the absolute paths of all files, also of missing ones.
	Paths []string

	options  ComposeOptions
	base     *Node // Root with its includes
	contexts map[*File]context
}

// IncludedFile is one entry of an include list that could be read.
type IncludedFile struct {
	// Node is the file as written.
	Node *Node
	File *File
	// Dir is the directory of the file, slash separated and relative to that of
	// the root; Package its default package as FileContext tells it.
	Dir, Package          string
	URLPrefix, NamePrefix string
	// At is the value of the key file.
	At *Node
}

// context is where the references of a file are looked up.
type context struct {
	abs, dir, pkg string
}

type composer struct {
	c     *Composition
	out   *diag.List
	stack []string // absolute paths of the files that include the current one
	count int
}

// Compose reads the root file and everything that it includes. It always
// returns a composition; its Root is nil if there is nothing usable.
func Compose(o ComposeOptions) (*Composition, diag.List) {
	var out diag.List
	if o.File == "" {
		o.File = "Chalicefile.yaml"
	}
	if o.ReadFile == nil {
		o.ReadFile = os.ReadFile
	}
	c := &Composition{options: o, contexts: map[*File]context{}}
	k := &composer{c: c, out: &out}
	k.root()
	out.Sort()
	return c, out
}

func (k *composer) root() {
	c, o := k.c, k.c.options
	abs := filepath.Join(o.Dir, o.File)
	name := filepath.ToSlash(o.File)
	c.Paths = []string{abs}
	src, err := o.ReadFile(abs)
	if err != nil {
		at := diag.Pos{Line: 1, Column: 1}
		f := told(k.out, "file-unreadable", diag.Range{File: name, Start: at, End: at}, "the file cannot be read: %s", reason(err))
		if errors.Is(err, fs.ErrNotExist) {
			f.Code, f.Message = "file-not-found", fmt.Sprintf("there is no %s here", name)
			f.Hint = "`chalicefile new-project` makes one, and -C names another directory"
		}
		return
	}
	ctx := context{abs: abs, dir: path.Dir(name), pkg: "."}
	c.Root, c.RootFile = k.parse(name, src, &ctx)
	c.base = c.Root
	if c.Root == nil || c.Root.Kind != Mapping {
		return
	}
	for _, e := range c.Root.Get("stages").entries() {
		c.Stages = append(c.Stages, e.Key.Text)
	}
	k.stack = []string{abs}
	c.base = k.includeAll(c.Root, ctx)
}

// entries of a mapping; none of a node of another kind or nil.
func (n *Node) entries() []Entry {
	if n == nil || n.Kind != Mapping {
		return nil
	}
	return n.Entries
}

// items of a sequence; none of a node of another kind or nil.
func (n *Node) items() []*Node {
	if n == nil || n.Kind != Sequence {
		return nil
	}
	return n.Items
}

// parse parses a file and notes its context, whose package may be its own.
func (k *composer) parse(name string, src []byte, ctx *context) (*Node, *File) {
	f, ok := newFile(name, src, k.out)
	k.c.Files = append(k.c.Files, f)
	var root *Node
	if ok {
		root = parseFile(f, k.out)
		if pkg := root.Get("package"); pkg != nil && pkg.Kind == String && pkg.Text != "" {
			ctx.pkg = packageFrom(ctx.dir, pkg.Text)
		}
	}
	k.c.contexts[f] = *ctx
	return root, f
}

// packageFrom makes a package that a file in dir names relative to the
// directory of the root file. Import paths stay.
func packageFrom(dir, pkg string) string {
	if pkg != "." && pkg != ".." && !strings.HasPrefix(pkg, "./") && !strings.HasPrefix(pkg, "../") {
		return pkg
	}
	return relative(path.Join(dir, pkg))
}

func relative(dir string) string {
	if dir == "." || dir == ".." || strings.HasPrefix(dir, "../") {
		return dir
	}
	return "./" + dir
}

// FileContext is where the handler references of a file are looked up: the
// directory of the file, relative to that of the root, and the package of
// those that name none.
func (c *Composition) FileContext(f *File) (dir, pkg string) {
	ctx, ok := c.contexts[f]
	if !ok {
		return ".", "."
	}
	return ctx.dir, ctx.pkg
}

// includeAll is a file's tree with everything that it includes.
func (k *composer) includeAll(n *Node, ctx context) *Node {
	u := union{k: k, root: n}
	for _, item := range n.Get("include").items() {
		at := item.Get("file")
		if at == nil || at.Kind != String || at.Text == "" || at.HasInterpolation() {
			continue // the schema tells
		}
		inc, incCtx := k.read(item, at, ctx)
		if inc == nil || inc.Node == nil || inc.Node.Kind != Mapping {
			continue
		}
		k.stack = append(k.stack, incCtx.abs)
		tree := k.includeAll(inc.Node, incCtx)
		k.stack = k.stack[:len(k.stack)-1]
		h := handing{k: k, inc: inc, tree: tree}
		u.add(at, h.sections())
	}
	return u.done()
}

// read reads one included file.
func (k *composer) read(item, at *Node, ctx context) (*IncludedFile, context) {
	name := path.Join(ctx.dir, filepath.ToSlash(at.Text))
	abs := filepath.Join(k.c.options.Dir, filepath.FromSlash(name))
	if path.IsAbs(at.Text) {
		name = at.Text
		abs = filepath.FromSlash(at.Text)
	}
	if i := slices.Index(k.stack, abs); i >= 0 {
		told(k.out, "include-cycle", at.Range(), "%s includes itself%s", at.Text, k.through(i+1)).Hint = "remove this entry"
		return nil, context{}
	}
	if k.count++; k.count > maxIncludes {
		if k.count == maxIncludes+1 {
			told(k.out, "yaml-limit", at.Range(), "there are more than %d includes", maxIncludes)
		}
		return nil, context{}
	}
	if !slices.Contains(k.c.Paths, abs) {
		k.c.Paths = append(k.c.Paths, abs)
	}
	src, err := k.c.options.ReadFile(abs)
	if err != nil {
		f := told(k.out, "include-unreadable", at.Range(), "%s cannot be read: %s", at.Text, reason(err))
		if errors.Is(err, fs.ErrNotExist) {
			f.Code, f.Message = "include-not-found", fmt.Sprintf("there is no file %s", name)
			f.Hint = "the path is relative to the directory of the file that includes it"
		}
		return nil, context{}
	}
	inc := &IncludedFile{At: at, URLPrefix: item.text("url_prefix"), NamePrefix: item.text("name_prefix")}
	incCtx := context{abs: abs, dir: path.Dir(name), pkg: ctx.pkg}
	inc.Node, inc.File = k.parse(name, src, &incCtx)
	inc.Dir, inc.Package = incCtx.dir, incCtx.pkg
	k.c.Includes = append(k.c.Includes, inc)
	return inc, incCtx
}

// through names the files that a cycle passes.
func (k *composer) through(from int) string {
	var names []string
	for _, abs := range k.stack[from:] {
		names = append(names, path.Base(filepath.ToSlash(abs)))
	}
	if len(names) == 0 {
		return ""
	}
	return " by way of " + strings.Join(names, ", ")
}

// text is the string of a key, or "".
func (n *Node) text(key string) string {
	if v := n.Get(key); v != nil && v.Kind == String {
		return v.Text
	}
	return ""
}

// reason is an error of the file system without the path, which stands in the
// message already.
func reason(err error) string {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err.Error()
	}
	return err.Error()
}
