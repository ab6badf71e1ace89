package actions

import "strings"

// A reading is what a value says about a resource.
type reading struct {
	text  string // the name, or the whole ARN; "*" where it says nothing
	whole bool   // text is an ARN
	head  bool   // text is the beginning of the ARN: what follows in the template follows it
	typed bool   // the text says nothing, but what kind of resource it is
	place Place  // where the value says the resource is
}

var anything = reading{text: "*"}

// forms read a known value of an input member. Each takes an ARN too where the operation does.
var forms = map[string]func(value string) reading{
	"":           readName,
	"account":    readAccount,
	"address":    readAddress,
	"arn":        readARN,
	"bucket":     readBucket,
	"copysource": readCopySource,
	"domain":     readDomain,
	"function":   readFunction,
	"id":         readID,
	"key":        readKey,
	"lower":      readLower,
	"parameter":  readParameter,
	"path":       readPath,
	"queue":      readQueue,
	"secret":     readSecret,
	"statement":  readStatement,
}

func isARN(value string) bool { return strings.HasPrefix(value, "arn:") }

// readName takes a name, or an ARN instead.
func readName(value string) reading {
	if isARN(value) {
		return readARN(value)
	}
	return reading{text: value}
}

// readARN takes an ARN and nothing else.
func readARN(value string) reading {
	if !isARN(value) {
		return anything
	}
	fields := strings.SplitN(value, ":", 6)
	for len(fields) < 6 {
		fields = append(fields, "*")
	}
	place := Place{Partition: fields[1], Region: fields[3], Account: fields[4]}
	return reading{text: strings.Join(fields, ":"), whole: true, place: place}
}

// readAccount takes the account that the resource is in; it fills that part of the ARN.
func readAccount(value string) reading {
	return reading{text: value, place: Place{Account: value}}
}

// readID takes an id that may have its type before it: "/hostedzone/Z1".
func readID(value string) reading {
	return reading{text: value[strings.LastIndexByte(value, '/')+1:]}
}

// readLower takes a name that its ARN has in lower case.
func readLower(value string) reading {
	if isARN(value) {
		return readARN(value)
	}
	return reading{text: strings.ToLower(value)}
}

// readBucket takes a bucket's name for the ARN of its objects, or the ARN of an access point, whose objects are below
// "/object/".
func readBucket(value string) reading {
	read := readName(value)
	if read.head = read.whole; read.whole && strings.Contains(value, "accesspoint") {
		read.text += "/object"
	}
	return read
}

// readAddress takes what mail is from: "Ann <ann@example.com>" or "ann@example.com".
func readAddress(value string) reading {
	if _, after, named := strings.Cut(value, "<"); named {
		value = strings.TrimSuffix(strings.TrimSpace(after), ">")
	}
	return reading{text: strings.TrimSpace(value)}
}

// readDomain takes the domain of what mail is from.
func readDomain(value string) reading {
	address := readAddress(value).text
	return reading{text: address[strings.LastIndexByte(address, '@')+1:]}
}

// readCopySource takes "bucket/key", an access point's object, and drops the version; a "/" before it is allowed.
func readCopySource(value string) reading {
	value, _, _ = strings.Cut(value, "?versionId")
	if isARN(value) {
		return readARN(value)
	}
	return reading{text: strings.TrimPrefix(unescape(value), "/")}
}

// unescape undoes the URL encoding of a value; where it is none, the value stays as it is.
func unescape(value string) string {
	var b strings.Builder
	for i := 0; i < len(value); i++ {
		if value[i] == '%' && i+2 < len(value) && hex(value[i+1]) >= 0 && hex(value[i+2]) >= 0 {
			b.WriteByte(byte(hex(value[i+1])<<4 | hex(value[i+2])))
			i += 2
			continue
		}
		b.WriteByte(value[i])
	}
	return b.String()
}

func hex(c byte) int {
	return strings.IndexByte("0123456789abcdef", c|0x20)
}

// readFunction takes "name", "name:alias", "account:function:name", or a function's ARN.
func readFunction(value string) reading {
	if isARN(value) {
		return readARN(value)
	}
	account, name, partial := strings.Cut(value, ":function:")
	if !partial {
		return reading{text: value}
	}
	if i := strings.LastIndexByte(account, ':'); i >= 0 {
		account = account[i+1:]
	}
	return reading{text: name, place: Place{Account: account}}
}

// readKey takes a key's id or ARN. Which key an alias stands for is not in the code: any of its account.
func readKey(value string) reading {
	if !isARN(value) {
		if strings.HasPrefix(value, "alias/") {
			return reading{text: "*", typed: true}
		}
		return reading{text: value}
	}
	read := readARN(value)
	if head, _, alias := strings.Cut(read.text, ":alias/"); alias {
		read.text = head + ":key/*"
	}
	return read
}

// readParameter takes the name of an SSM parameter, with or without "/", version or label, or its ARN.
func readParameter(value string) reading {
	if isARN(value) {
		fields := strings.SplitN(value, ":", 7)
		if len(fields) == 7 {
			value = strings.Join(fields[:6], ":")
		}
		return readARN(value)
	}
	value, _, _ = strings.Cut(value, ":")
	return reading{text: strings.TrimPrefix(value, "/")}
}

// readPath takes the path that SSM parameters are below.
func readPath(value string) reading {
	value = strings.Trim(value, "/")
	if value == "" {
		return reading{text: "*", typed: true}
	}
	return reading{text: value}
}

// readQueue takes a queue's URL.
func readQueue(value string) reading {
	scheme, rest, isURL := strings.Cut(value, "://")
	switch {
	case isARN(value) || !strings.Contains(value, "/"):
		return readName(value)
	case !isURL || strings.Contains(scheme, "*"): // the end of a URL that is not known from its beginning
		return reading{text: value[strings.LastIndexByte(value, '/')+1:], place: Place{Region: "*", Account: "*"}}
	}
	parts := strings.Split(strings.TrimSuffix(rest, "/"), "/")
	name := parts[len(parts)-1]
	if len(parts) < 2 || name == "" {
		return anything
	}
	read := reading{text: name}
	switch {
	case len(parts) >= 3:
		read.place.Account = parts[len(parts)-2]
	case strings.Contains(parts[0], "*"): // it may stand for more than the host
		read.place.Account = "*"
	}
	read.place.Region = queueRegion(parts[0])
	if strings.HasSuffix(parts[0], ".cn") {
		read.place.Partition = "aws-cn"
	}
	return read
}

// queueRegion reads the region from the host of a queue's URL, "" where it has none.
func queueRegion(host string) string {
	labels := strings.Split(host, ".")
	for i, label := range labels {
		switch {
		case label == "sqs" && i+1 < len(labels) && strings.Contains(host, ".amazonaws.") && labels[i+1] != "amazonaws":
			return labels[i+1]
		case label == "queue" && i > 0:
			return labels[i-1]
		}
	}
	if strings.Contains(host, "*") {
		return "*"
	}
	return ""
}

// readSecret takes a secret's name or ARN. Secrets Manager appends "-" and six characters to the name in the ARN.
func readSecret(value string) reading {
	if !isARN(value) {
		return reading{text: value + "-??????"}
	}
	read := readARN(value)
	switch suffix := read.text[max(0, len(read.text)-7):]; {
	case strings.HasSuffix(read.text, "*") || isSecretSuffix(suffix):
	default:
		read.text += "*" // perhaps the ARN without the suffix
	}
	return read
}

// isSecretSuffix tells whether a text ends as only a whole ARN does: a word of six letters would be in lower case.
func isSecretSuffix(text string) bool {
	if text[0] != '-' {
		return false
	}
	mixed := false
	for _, c := range text[1:] {
		switch {
		case c >= '0' && c <= '9' || c >= 'A' && c <= 'Z':
			mixed = true
		case c < 'a' || c > 'z':
			return false
		}
	}
	return mixed
}

// escape keeps IAM from reading a "${" in a value as a variable of its own; CloudFormation's stay.
func escape(value string) string {
	if !strings.Contains(value, "${") {
		return value
	}
	value = strings.ReplaceAll(value, "${", "${$}{")
	return strings.ReplaceAll(value, "${$}{AWS::", "${AWS::")
}
