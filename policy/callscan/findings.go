package callscan

import (
	"go/token"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/chalicefile/chalicefile/internal/gosrc"
	"github.com/chalicefile/chalicefile/loader/diag"
	"github.com/chalicefile/chalicefile/policy/actions"
)

// The codes of what Scan finds.
const (
	codeUnknownClient    = "aws-client-unknown"
	codeUnknownOperation = "aws-operation-unknown"
	codeSigned           = "aws-request-signed"
	codeOldSDK           = "aws-sdk-v1"
)

// faults tells of code that does not compile: of such code nothing is said.
func (s *scanner) faults() bool {
	for _, f := range s.in.Program.Faults {
		code := map[gosrc.FaultKind]string{gosrc.ListFault: "go-package", gosrc.SyntaxFault: "go-syntax", gosrc.TypeFault: "go-type"}[f.Kind]
		found := diag.Finding{Code: code, Message: strings.TrimPrefix(f.Message, "syntax error: ")}
		if f.Pos.Filename != "" {
			found.Range = s.tokenPosition(f.Pos).asRange()
		} else {
			found.At = diag.Value("app")
			found.Message = "package " + f.Package + ": " + f.Message
		}
		s.result.Findings.Add(found)
	}
	for _, pkg := range s.in.Program.Source {
		if pkg.TypesInfo == nil || pkg.TypesInfo.Uses == nil {
			s.result.Findings.Add(diag.Finding{
				Code: "go-package", At: diag.Value("app"), Message: "package " + pkg.PkgPath + " was loaded without its bodies",
			})
		}
	}
	return len(s.result.Findings.Findings) > 0
}

func (s *scanner) tokenPosition(p token.Position) Position {
	name := p.Filename
	if filepath.IsAbs(name) {
		name = s.file(name)
	}
	return Position{File: name, Line: p.Line, Column: max(p.Column, 1)}
}

// oldSDK tells of imports of the first version of the SDK.
func (s *scanner) oldSDK() {
	for _, pkg := range s.in.Program.Source {
		for _, f := range pkg.Syntax {
			for _, imp := range f.Imports {
				path, err := strconv.Unquote(imp.Path.Value)
				if err != nil || !below(path, oldSDKPath) {
					continue
				}
				s.warn(codeOldSDK, s.position(imp.Pos()),
					"aws-sdk-go v1 is imported: what is called through it is not found",
					"use github.com/aws/aws-sdk-go-v2, or state what it needs in iam.statements")
			}
		}
	}
}

func (s *scanner) unknownOperation(c *Call) {
	message := "the operation " + c.Operation + " of " + c.Service + " is not known: what it needs cannot be told"
	if !actions.HasService(c.Service) {
		message = "the service " + c.Service + " is not known: what its operation " + c.Operation + " needs cannot be told"
	}
	s.warn(codeUnknownOperation, c.Pos, message, "state what it needs in iam.statements")
}

// warn tells a warning once.
func (s *scanner) warn(code string, at Position, message, hint string) {
	found := diag.Finding{Code: code, Severity: diag.Warning, Message: message, Hint: hint, Range: at.asRange()}
	for _, have := range s.result.Findings.Findings {
		if have.Range == found.Range && have.Code == code && have.Message == message {
			return
		}
	}
	s.result.Findings.Add(found)
}
