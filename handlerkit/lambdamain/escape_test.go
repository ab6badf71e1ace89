package lambdamain

import (
	"encoding/json"
	"strings"
	"testing"
)

func FuzzAppendText(f *testing.F) {
	for _, s := range []string{"", "plain", `"quo"ted" \ text "in" words"`, "é\u2028\u2029\x00\x1f\x7f<>&", "\xff\xfe \xe2\x80", strings.Repeat("\"", 99), "日本語 日本語", "a\nb\tc\rd\be\ff"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got := appendText([]byte(`x`), text)
		var b strings.Builder
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(string(text)); err != nil {
			t.Fatal(err)
		}
		if want := "x" + strings.TrimSuffix(strings.TrimPrefix(b.String(), `"`), "\"\n"); string(got) != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	})
}
