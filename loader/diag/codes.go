package diag

import (
	"slices"
	"strings"
)

// Code is one kind of finding.
type Code struct {
	// Code in kebab-case.
	Code     string
	Severity Severity
	// Title is one line: what is wrong.
	Title string
	// Help says what is behind it and what to do, in a few sentences.
	Help string
}

// Codes lists all kinds of findings, sorted by code.
func Codes() []Code {
	all := slices.Concat(yamlCodes(), schemaCodes(), ruleCodes(), sourceCodes(), goCodes(), buildCodes(), policyCodes(), deployCodes())
	slices.SortFunc(all, func(a, b Code) int { return strings.Compare(a.Code, b.Code) })
	return all
}
