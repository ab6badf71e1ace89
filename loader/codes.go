package loader

import "github.com/chalicefile/chalicefile/loader/diag"

// Codes lists every finding code of all steps.
func Codes() []diag.Code { return diag.Codes() }
