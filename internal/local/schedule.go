package local

import (
	"context"

	"github.com/chalicefile/chalicefile/internal/model"
)

func (g *generation) runSchedules(ctx context.Context, app *model.App) {}
