package gosrc

import "testing"

func TestImporters(t *testing.T) {
	dir := unpack(t, app)
	p := loadApp(t, dir, Config{Packages: []string{"example.com/app/api", "example.com/lib/health"}})
	found := p.Importers("example.com/deep")
	for path, want := range map[string]bool{
		"example.com/lib": true, "example.com/app/api": true, "example.com/lib/health": true,
		"example.com/deep": false, "example.com/app/internal/own": false, "fmt": false,
	} {
		if found[path] != want {
			t.Errorf("%s imports example.com/deep: %t", path, found[path])
		}
	}
}
