// Package shop is the app that the tests deploy: what its functions do does not
// matter, what calls them does.
package shop

import (
	"github.com/chalicefile/chalicefile/handlerkit"
)

// Thing is what the shop has.
type Thing struct {
	ID, Name string
}

func Index() string                   { return "shop" }
func List() []Thing                   { return nil }
func Create(thing Thing) Thing        { return thing }
func Get(id string) Thing             { return Thing{ID: id} }
func Put(id string, t Thing) Thing    { return t }
func Delete(id string)                {}
func Tick()                           {}
func Nightly(in map[string]int) error { return nil }

func OnUpload(object handlerkit.S3Object) error            { return nil }
func OnMessage(body string) error                          { return nil }
func OnNotice(message string) error                        { return nil }
func OnChange(change handlerkit.Change[Thing]) error       { return nil }
func OnOrder(event handlerkit.Event[map[string]any]) error { return nil }

func Gate(req handlerkit.AuthRequest) (handlerkit.AuthResponse, error) {
	return handlerkit.Allow("everybody"), nil
}
