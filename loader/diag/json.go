package diag

import (
	"encoding/json"
	"io"
)

type jsonFinding struct {
	File      string        `json:"file"`
	Line      int           `json:"line"`
	Column    int           `json:"column"`
	EndLine   int           `json:"end_line"`
	EndColumn int           `json:"end_column"`
	Severity  string        `json:"severity"`
	Code      string        `json:"code"`
	Message   string        `json:"message"`
	Hint      string        `json:"hint"`
	Related   []jsonRelated `json:"related"`
}

type jsonRelated struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Message string `json:"message"`
}

// WriteJSON writes findings as one JSON object; every key is always there.
func WriteJSON(w io.Writer, l List, o PrintOptions) error {
	if len(l.Findings) == 0 {
		_, err := io.WriteString(w, "{\"findings\": []}\n")
		return err
	}
	out := struct {
		Findings []jsonFinding `json:"findings"`
	}{make([]jsonFinding, len(l.Findings))}
	for i, f := range l.Findings {
		related := make([]jsonRelated, len(f.Related))
		for j, r := range f.Related {
			related[j] = jsonRelated{
				File: o.file(r.Range.File), Line: r.Range.Start.Line, Column: r.Range.Start.Column, Message: r.Message,
			}
		}
		out.Findings[i] = jsonFinding{
			File: o.file(f.Range.File),
			Line: f.Range.Start.Line, Column: f.Range.Start.Column,
			EndLine: f.Range.End.Line, EndColumn: f.Range.End.Column,
			Severity: f.Severity.String(), Code: f.Code, Message: f.Message, Hint: f.Hint, Related: related,
		}
	}
	return writeIndented(w, out)
}

func writeIndented(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
