package kinesis

import (
	"github.com/chalicefile/chalicefile/internal/source"
	"github.com/chalicefile/chalicefile/loader/diag"
	"github.com/chalicefile/chalicefile/spec"
)

func check(_ *spec.App, _ []source.Entry, _ *diag.List) {}
