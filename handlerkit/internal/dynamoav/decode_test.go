package dynamoav

import (
	"encoding/json"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"
)

type base struct {
	ID      string `dynamodbav:"id"`
	Shadow  string `dynamodbav:"shadow"`
	private int    //nolint:unused // decoding leaves it alone
}

type Pointed struct {
	Deep int `dynamodbav:"deep"`
}

type level int8

type item struct {
	base
	*Pointed
	Shadow   string
	Name     string           `dynamodbav:"name,omitempty"`
	Age      int8             `dynamodbav:"age"`
	Big      uint64           `dynamodbav:"big"`
	Ratio    float32          `dynamodbav:"ratio"`
	On       bool             `dynamodbav:"on"`
	Data     []byte           `dynamodbav:"data"`
	Fixed    [2]byte          `dynamodbav:"fixed"`
	Tags     []string         `dynamodbav:"tags,stringset"`
	Numbers  []level          `dynamodbav:"numbers"`
	Blobs    [][]byte         `dynamodbav:"blobs"`
	Set      map[string]bool  `dynamodbav:"set"`
	Members  map[int]struct{} `dynamodbav:"members"`
	List     []any            `dynamodbav:"list"`
	Map      map[string]int   `dynamodbav:"map"`
	Keys     map[level]string `dynamodbav:"keys"`
	Any      any              `dynamodbav:"any"`
	Nested   *Pointed         `dynamodbav:"nested"`
	Null     *string          `dynamodbav:"null"`
	When     time.Time        `dynamodbav:"when"`
	Unix     time.Time        `dynamodbav:"unix,unixtime"`
	Addr     netip.Addr       `dynamodbav:"addr"`
	Number   json.Number      `dynamodbav:"number"`
	AsText   int              `dynamodbav:"as_text,string"`
	Skipped  string           `dynamodbav:"-"`
	Untagged string
	Array    [3]int `dynamodbav:"array"`
}

const everything = `{
	"id":{"S":"1"},"shadow":{"S":"tagged"},"Shadow":{"S":"outer"},"name":{"S":"n"},"age":{"N":"-7"},"big":{"N":"18446744073709551615"},"ratio":{"N":"1.5"},
	"on":{"BOOL":true},"data":{"B":"aGk="},"fixed":{"B":"aGk="},"tags":{"SS":["a","b"]},"numbers":{"NS":["1","-2"]},"blobs":{"BS":["aGk="]},
	"set":{"SS":["x"]},"members":{"NS":["7"]},"list":{"L":[{"S":"a"},{"N":"1"},{"NULL":true},{"M":{"k":{"BOOL":false}}}]},
	"map":{"M":{"a":{"N":"1"}}},"keys":{"M":{"5":{"S":"five"}}},"any":{"M":{"l":{"L":[{"NS":["1"]}]},"b":{"B":"aGk="},"ss":{"SS":["s"]}}},
	"nested":{"M":{"deep":{"N":"3"}}},"deep":{"N":"4"},"null":{"NULL":true},"when":{"S":"2026-01-02T03:04:05Z"},"unix":{"N":"1700000000"},
	"addr":{"S":"::1"},"number":{"N":"1e3"},"as_text":{"S":"12"},"-":{"S":"no"},"Skipped":{"S":"no"},"UNTAGGED":{"S":"folded"},"array":{"L":[{"N":"1"},{"N":"2"}]},"unknown":{"S":"x"}}`

func parse(t testing.TB, text string) Item {
	t.Helper()
	var i Item
	if err := json.Unmarshal([]byte(text), &i); err != nil {
		t.Fatal(err)
	}
	return i
}

func TestDecode(t *testing.T) {
	null := "was set"
	got := item{Null: &null, Map: nil}
	if err := Decode(parse(t, everything), &got); err != nil {
		t.Fatal(err)
	}
	want := item{
		base: base{ID: "1", Shadow: "tagged"}, Pointed: &Pointed{4}, Shadow: "outer", Name: "n", Age: -7, Big: 18446744073709551615, Ratio: 1.5,
		On: true, Data: []byte("hi"), Fixed: [2]byte{'h', 'i'}, Tags: []string{"a", "b"}, Numbers: []level{1, -2}, Blobs: [][]byte{[]byte("hi")},
		Set: map[string]bool{"x": true}, Members: map[int]struct{}{7: {}}, List: []any{"a", 1.0, nil, map[string]any{"k": false}},
		Map: map[string]int{"a": 1}, Keys: map[level]string{5: "five"},
		Any:    map[string]any{"l": []any{[]float64{1}}, "b": []byte("hi"), "ss": []string{"s"}},
		Nested: &Pointed{3}, When: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Unix: time.Unix(1700000000, 0), Addr: netip.IPv6Loopback(),
		Number: "1e3", AsText: 12, Untagged: "folded", Array: [3]int{1, 2},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestDecodeIntoOtherThings(t *testing.T) {
	var m map[string]any
	if err := Decode(parse(t, `{"a":{"N":"1"}}`), &m); err != nil || m["a"] != 1.0 {
		t.Errorf("map: %v, %v", m, err)
	}
	var x any
	if err := Decode(parse(t, `{"a":{"S":"b"}}`), &x); err != nil || !reflect.DeepEqual(x, map[string]any{"a": "b"}) {
		t.Errorf("any: %v, %v", x, err)
	}
	var p *Pointed
	if err := Decode(parse(t, `{"deep":{"N":"1"}}`), &p); err != nil || p.Deep != 1 {
		t.Errorf("pointer: %v, %v", p, err)
	}
}

func TestDecodeFaults(t *testing.T) {
	tests := []struct{ text, want string }{
		{`{"age":{"N":"128"}}`, `attribute "age": 128 does not fit int8`},
		{`{"age":{"N":"1.5"}}`, `attribute "age": 1.5 does not fit int8`},
		{`{"age":{"S":"x"}}`, `attribute "age": x does not fit int8`},
		{`{"age":{"L":[]}}`, `attribute "age": a list does not fit int8`},
		{`{"big":{"N":"-1"}}`, `attribute "big": -1 does not fit uint64`},
		{`{"ratio":{"N":"1e99"}}`, `attribute "ratio": 1e99 does not fit float32`},
		{`{"name":{"N":"1"}}`, `attribute "name": a number does not fit string`},
		{`{"name":{"BOOL":true}}`, `attribute "name": a boolean does not fit string`},
		{`{"name":{"M":{}}}`, `attribute "name": a map does not fit string`},
		{`{"on":{"S":"x"}}`, `attribute "on": a string does not fit bool`},
		{`{"data":{"S":"x"}}`, `attribute "data": a string does not fit []uint8`},
		{`{"fixed":{"B":"aGlo"}}`, `attribute "fixed": a binary does not fit [2]uint8`},
		{`{"tags":{"L":[{"S":"a"},{"N":"1"}]}}`, `attribute "tags"[1]: a number does not fit string`},
		{`{"map":{"M":{"a":{"S":"x"}}}}`, `attribute "map".a: x does not fit int`},
		{`{"map":{"L":[]}}`, `attribute "map": a list does not fit map[string]int`},
		{`{"keys":{"M":{"x":{"S":"a"}}}}`, `attribute "keys".x: x does not fit dynamoav.level`},
		{`{"members":{"SS":["x"]}}`, `attribute "members"[0]: x does not fit int`},
		{`{"when":{"S":"x"}}`, `attribute "when": parsing time "x"`},
		{`{"unix":{"N":"x"}}`, `attribute "unix": "x" is no time in seconds`},
		{`{"any":{"N":"x"}}`, `attribute "any": "x" is no number`},
	}
	for _, tt := range tests {
		if err := Decode(parse(t, tt.text), new(item)); err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %s", tt.text, err, tt.want)
		}
	}
	if err := Decode(nil, item{}); err == nil {
		t.Error("decoded into what is no pointer")
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(everything)
	f.Add(`{"id":{"NULL":true},"nested":{"NULL":true},"list":{"L":[{"L":[]}]}}`)
	f.Fuzz(func(t *testing.T, text string) {
		defer func() { _ = recover() }() // aws-lambda-go panics on some sets
		var i Item
		if json.Unmarshal([]byte(text), &i) != nil {
			return
		}
		func() {
			defer func() {
				if p := recover(); p != nil {
					t.Errorf("panic: %v", p)
				}
			}()
			_ = Decode(i, new(item))
			_ = Decode(i, new(any))
			_ = Decode(i, new(map[string]any))
		}()
	})
}
