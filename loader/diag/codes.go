package diag

// Code is one kind of finding.
type Code struct {
	// Code in kebab-case.
	Code     string
	Severity Severity
	// Title is one line: what it says.
	Title string
}

// Codes lists all kinds of findings, sorted by code.
func Codes() []Code { return nil }
