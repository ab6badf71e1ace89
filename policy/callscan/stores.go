package callscan

import (
	"go/types"
	"strconv"

	"golang.org/x/tools/go/ssa"
	"golang.org/x/tools/go/types/typeutil"
)

func itoa(i int) string { return strconv.Itoa(i) }

// stores are the assignments of reached code that are not found from what they
// assign to: those to package variables, those through pointers of which only
// the type is known, and those to maps.
type stores struct {
	globals map[*ssa.Global][]globalStore
	// through pointers, by the type of what they point to; and of those fields
	// and elements of it.
	pointees, fields, elements *typeutil.Map // → []*ssa.Store
	maps                       *typeutil.Map // → []*ssa.MapUpdate
	sends                      *typeutil.Map // by the type of what is sent → []ssa.Value
}

type globalStore struct {
	store *ssa.Store
	path  string
}

func newStores() stores {
	return stores{map[*ssa.Global][]globalStore{}, &typeutil.Map{}, &typeutil.Map{}, &typeutil.Map{}, &typeutil.Map{}, &typeutil.Map{}}
}

func (s *stores) add(instr ssa.Instruction) {
	switch i := instr.(type) {
	case *ssa.MapUpdate:
		t := i.Map.Type().Underlying()
		all, _ := s.maps.At(t).([]*ssa.MapUpdate)
		s.maps.Set(t, append(all, i))
	case *ssa.Send:
		s.send(i.X)
	case *ssa.Select:
		for _, state := range i.States {
			if state.Dir == types.SendOnly {
				s.send(state.Send)
			}
		}
	case *ssa.Store:
		root, path := rootOf(i.Addr)
		switch root := root.(type) {
		case *ssa.Alloc, *ssa.FreeVar, *ssa.MakeSlice:
			// These are found from the allocation.
		case *ssa.Global:
			s.globals[root] = append(s.globals[root], globalStore{i, path})
		default:
			s.indirect(i)
		}
	}
}

func (s *stores) send(v ssa.Value) {
	all, _ := s.sends.At(v.Type()).([]ssa.Value)
	s.sends.Set(v.Type(), append(all, v))
}

func (s *stores) indirect(i *ssa.Store) {
	add := func(m *typeutil.Map, t types.Type) {
		all, _ := m.At(t).([]*ssa.Store)
		m.Set(t, append(all, i))
	}
	switch a := i.Addr.(type) {
	case *ssa.FieldAddr:
		add(s.fields, elem(a.X.Type()))
	case *ssa.IndexAddr:
		add(s.elements, elem(a.Type()))
	default:
		add(s.pointees, elem(a.Type()))
	}
}

// elem is what a pointer points to.
func elem(t types.Type) types.Type {
	if p, ok := t.Underlying().(*types.Pointer); ok {
		return p.Elem()
	}
	return t
}

func storesAt(m *typeutil.Map, t types.Type) []*ssa.Store {
	all, _ := m.At(t).([]*ssa.Store)
	return all
}

// rootOf takes an address apart into what it is in and the path there.
func rootOf(addr ssa.Value) (root ssa.Value, path string) {
	for {
		switch a := addr.(type) {
		case *ssa.FieldAddr:
			addr, path = a.X, fieldStep(a.Field)+path
		case *ssa.IndexAddr:
			addr, path = a.X, "#"+indexText(a.Index)+"/"+path
		case *ssa.Slice:
			addr = a.X
		case *ssa.ChangeType:
			addr = a.X
		default:
			return addr, path
		}
	}
}

// indexText is a constant index, or "*".
func indexText(v ssa.Value) string {
	if c, ok := v.(*ssa.Const); ok && c.Value != nil {
		return c.Value.ExactString()
	}
	return "*"
}
