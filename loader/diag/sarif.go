package diag

import (
	"io"
	"net/url"
	"path"
	"strings"
)

// The parts of SARIF 2.1.0 that findings need.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool       sarifTool     `json:"tool"`
		ColumnKind string        `json:"columnKind"`
		Results    []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name           string      `json:"name"`
		InformationURI string      `json:"informationUri"`
		Version        string      `json:"version,omitempty"`
		Rules          []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID               string      `json:"id"`
		ShortDescription sarifText   `json:"shortDescription"`
		FullDescription  sarifText   `json:"fullDescription"`
		Help             sarifText   `json:"help"`
		HelpURI          string      `json:"helpUri"`
		Default          sarifConfig `json:"defaultConfiguration"`
	}
	sarifConfig struct {
		Level string `json:"level"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID    string          `json:"ruleId"`
		RuleIndex int             `json:"ruleIndex"`
		Level     string          `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations,omitempty"`
		Related   []sarifLocation `json:"relatedLocations,omitempty"`
	}
	sarifLocation struct {
		ID       *int          `json:"id,omitempty"`
		Physical sarifPhysical `json:"physicalLocation"`
		Message  *sarifText    `json:"message,omitempty"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI       string `json:"uri"`
		URIBaseID string `json:"uriBaseId,omitempty"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn,omitempty"`
		EndLine     int `json:"endLine,omitempty"`
		EndColumn   int `json:"endColumn,omitempty"`
	}
)

const (
	homepage = "https://github.com/chalicefile/chalicefile"
	findings = homepage + "/blob/main/docs/findings.md#"
)

// WriteSARIF writes findings as a SARIF 2.1.0 log, as code scanning services
// take it.
func WriteSARIF(w io.Writer, l List, o PrintOptions) error {
	rules, index := sarifRules(l)
	run := sarifRun{
		Tool: sarifTool{sarifDriver{
			Name: "chalicefile", InformationURI: homepage, Version: o.ToolVersion, Rules: rules,
		}},
		ColumnKind: "unicodeCodePoints",
		Results:    make([]sarifResult, len(l.Findings)),
	}
	for i, f := range l.Findings {
		result := sarifResult{
			RuleID: f.Code, RuleIndex: index[f.Code], Level: f.Severity.String(), Message: sarifText{sentence(f)},
		}
		if f.Range.File != "" {
			result.Locations = []sarifLocation{{Physical: o.physical(f.Range)}}
		}
		for _, r := range f.Related {
			if r.Range.File == "" {
				continue
			}
			id := len(result.Related) + 1
			result.Related = append(result.Related, sarifLocation{ID: &id, Physical: o.physical(r.Range), Message: &sarifText{r.Message}})
		}
		run.Results[i] = result
	}
	return writeIndented(w, sarifLog{
		Schema:  "https://json.schemastore.org/sarif-2.1.0.json",
		Version: "2.1.0",
		Runs:    []sarifRun{run},
	})
}

// sarifRules are all codes, and where each stands.
func sarifRules(l List) ([]sarifRule, map[string]int) {
	codes := Codes()
	index := make(map[string]int, len(codes))
	for i, c := range codes {
		index[c.Code] = i
	}
	for _, f := range l.Findings {
		if _, ok := index[f.Code]; !ok {
			index[f.Code] = len(codes)
			codes = append(codes, Code{Code: f.Code, Severity: f.Severity, Title: f.Code, Help: f.Code})
		}
	}
	rules := make([]sarifRule, len(codes))
	for i, c := range codes {
		rules[i] = sarifRule{
			ID:               c.Code,
			ShortDescription: sarifText{c.Title},
			FullDescription:  sarifText{c.Help},
			Help:             sarifText{c.Help},
			HelpURI:          findings + c.Code,
			Default:          sarifConfig{c.Severity.String()},
		}
	}
	return rules, index
}

// sentence is message and hint in one.
func sentence(f Finding) string {
	if f.Hint == "" {
		return f.Message
	}
	return f.Message + ": " + f.Hint
}

func (o PrintOptions) physical(r Range) sarifPhysical {
	name := o.file(r.File)
	p := sarifPhysical{Artifact: sarifArtifact{URI: (&url.URL{Path: name}).EscapedPath()}}
	switch {
	case path.IsAbs(name):
		p.Artifact.URI = "file://" + p.Artifact.URI
	case !strings.HasPrefix(name, "../"):
		p.Artifact.URIBaseID = "%SRCROOT%"
	}
	if r.Start.Line > 0 {
		p.Region = &sarifRegion{
			StartLine: r.Start.Line, StartColumn: r.Start.Column, EndLine: r.End.Line, EndColumn: r.End.Column,
		}
	}
	return p
}
